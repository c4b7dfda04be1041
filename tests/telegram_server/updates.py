"""The updates on their way to the bot: held, doubled, shuffled, polled for, or posted to a webhook."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.refusals import Refusal

JsonObject = dict[str, Any]

_ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are posted. ``route`` is the loopback address that stands in for the public host."""

    url: str
    route: str
    secret_token: str
    max_connections: int


@dataclass(slots=True)
class Letter:
    """One update on its way. A ``is_repeat`` letter is delivered once more although the bot has confirmed it."""

    update: JsonObject
    is_repeat: bool = False

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


@dataclass(slots=True)
class Updates:
    """The queue. ``copies`` is how often each new update is put in; ``is_held`` keeps them back until released.

    ``hosts`` maps a public host to the loopback address that stands for it, or to nothing: then no post goes out.
    """

    waiting: list[Letter] = field(default_factory=list)
    held: list[JsonObject] = field(default_factory=list)
    history: list[JsonObject] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    webhook: Webhook | None = None
    allowed: tuple[str, ...] = ()
    is_held: bool = False
    copies: int = 1
    last_error: str = ""
    polls: int = 0
    _next_id: int = 700_001

    def put(self, kind: str, content: JsonObject) -> int:
        """Queue an update of this kind and return its id, or 0 if the bot did not ask for the kind."""
        if kind not in self.allowed if self.allowed else kind in _ON_REQUEST_ONLY:
            return 0
        update: JsonObject = {"update_id": self._next_id, kind: content}
        self._next_id += 1
        self.history.append(update)
        if self.is_held:
            self.held.append(update)
        else:
            self._enqueue([update])
        return int(update["update_id"])

    def _enqueue(self, updates: Sequence[JsonObject]) -> None:
        for update in updates:
            self.waiting.append(Letter(update))
            self.waiting.extend(Letter(update, is_repeat=True) for _ in range(self.copies - 1))

    def release(self, *, shuffle: int | None) -> None:
        """Send what was held back, in an order drawn from the seed ``shuffle``, or as it came."""
        held, self.held, self.is_held = self.held, [], False
        if shuffle is not None:
            random.Random(shuffle).shuffle(held)
        self._enqueue(held)

    def repeat(self, update_id: int) -> None:
        """Deliver an old update once more, unchanged."""
        found = [each for each in self.history if each["update_id"] == update_id]
        assert found, f"no update {update_id}"
        self.waiting.append(Letter(found[0], is_repeat=True))

    def confirm(self, offset: int) -> None:
        """Forget what the bot has seen: all below ``offset``; a negative one keeps that many of the newest."""
        if offset < 0:
            self.waiting = self.waiting[offset:]
        else:
            self.waiting = [each for each in self.waiting if each.is_repeat or each.id >= offset]

    def batch(self, limit: int) -> list[JsonObject]:
        """Return what a poll gets. Repeats go out once; the rest stays until it is confirmed."""
        chosen, rest = self.waiting[:limit], self.waiting[limit:]
        self.waiting = [each for each in chosen if not each.is_repeat] + rest
        return [each.update for each in chosen]

    def begin_poll(self) -> int:
        """Return the number of this poll; an older one that still waits is over. Raises 409 under a webhook."""
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self.polls += 1
        return self.polls

    def check_poll(self, number: int) -> None:
        """Raises 409 when another poll, or a webhook, took this one's place."""
        if self.webhook is not None:
            raise Refusal(409, "Conflict: terminated by setWebhook request")
        if number != self.polls:
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
