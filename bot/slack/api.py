"""The one way to Slack's Web API: every call of the product goes through ``Api.call``. Blocks; raises DeliveryError."""

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.channel import DeliveryError
from bot.slack.failures import delivery_error, token_refusal

API_URL: Final = "https://slack.com/api/"
_ANSWERS_AT: Final = "hooks.slack.com"
_TIMEOUT_S: Final = 8

_T = TypeVar("_T")
TokenOf = Callable[[str], str]
"""Returns the bot token of a workspace (its team id). Raises DeliveryError where the app is not installed."""
Refused = Callable[[str, str, str], None]
"""Is told that Slack does not take a workspace's token: the workspace, the token, and Slack's word for why."""


class Api:
    """Calls Slack for one workspace at a time. May be used from any thread.

    ``base_url`` is where another server of Slack's Web API stands; ``refused`` is told of tokens that Slack refuses.
    """

    def __init__(
        self,
        token_of: TokenOf,
        *,
        base_url: str | None = None,
        timeout_s: int = _TIMEOUT_S,
        refused: Refused = lambda _workspace, _token, _why: None,
    ) -> None:
        self.base_url: Final = f"{base_url.rstrip('/')}/" if base_url else API_URL
        self.token_of: Final = token_of
        self._timeout_s = timeout_s
        self._refused = refused

    def call(self, workspace: str, ask: Callable[[WebClient], _T]) -> _T:
        """Return what Slack answers to one call of its Web API."""
        token = self.token_of(workspace)
        client = WebClient(token, base_url=self.base_url, timeout=self._timeout_s)

        def asked() -> _T:
            try:
                return ask(client)
            except SlackApiError as error:
                if why := token_refusal(error):
                    self._refused(workspace, token, why)
                raise

        return _told(asked)

    def call_without(self, ask: Callable[[WebClient], _T], *, token: str | None = None) -> _T:
        """Return what Slack answers to a call in no workspace's name: with a token of another kind, or with none."""
        client = WebClient(token, base_url=self.base_url, timeout=self._timeout_s)
        return _told(lambda: ask(client))

    def respond(self, url: str, ask: Callable[[WebhookClient], WebhookResponse]) -> WebhookResponse:
        """Answer at the address that came with a command or a tap; only Slack's own is called."""
        if not self.is_slacks(url):
            raise DeliveryError("bad_address", permanent=True)
        return _told(lambda: ask(WebhookClient(url, timeout=self._timeout_s)))

    def is_slacks(self, url: str) -> bool:
        """Tell whether an address is one of those where Slack takes answers."""
        asked, api = urlsplit(url), urlsplit(self.base_url)
        return (asked.scheme == "https" and asked.hostname == _ANSWERS_AT) or (
            self.base_url != API_URL and asked.netloc == api.netloc and asked.scheme == api.scheme
        )


def _told(ask: Callable[[], _T]) -> _T:
    try:
        return ask()
    except Exception as error:
        failure = delivery_error(error)
        if failure is None:
            raise
        raise failure from None
