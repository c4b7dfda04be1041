"""The one exception of the server: what Telegram answers instead of a result."""


class Refusal(Exception):
    """An answer with ``ok: false``; ``retry_after`` and ``migrate_to_chat_id`` are Telegram's response parameters."""

    def __init__(
        self, code: int, description: str, *, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def as_json(self) -> dict[str, object]:
        """Return the body that Telegram sends."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        parameters = {"retry_after": self.retry_after, "migrate_to_chat_id": self.migrate_to_chat_id}
        if given := {name: value for name, value in parameters.items() if value is not None}:
            body["parameters"] = given
        return body


def bad_request(words: str) -> Refusal:
    """Return a 400 in Telegram's wording."""
    return Refusal(400, f"Bad Request: {words}")


def forbidden(words: str) -> Refusal:
    """Return a 403 in Telegram's wording."""
    return Refusal(403, f"Forbidden: {words}")
