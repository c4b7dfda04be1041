"""The one way to Slack's Web API: every call of the product goes through ``Api.call``. Blocks; raises DeliveryError."""

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.channel import DeliveryError
from bot.slack.failures import SLOW_DOWN, delivery_error, token_refusal
from bot.slack.pace import Pace
from bot.slack.wire import Client, Webhook

API_URL: Final = "https://slack.com/api/"
_ANSWERS_AT: Final = "hooks.slack.com"
_TIMEOUT_S: Final = 8
_NONE: Final[list[RetryHandler]] = []
"""By itself slack_sdk sends anew when a connection breaks, though what it carried may have arrived."""

_T = TypeVar("_T")
TokenOf = Callable[[str], str]
"""Returns the bot token of a workspace (its team id). Raises DeliveryError where the app is not installed."""
Refused = Callable[[str, str, str], None]
"""Is told that Slack does not take a workspace's token: the workspace, the token, and Slack's word for why."""


class Api:
    """Calls Slack for one workspace at a time. May be used from any thread.

    ``base_url`` is where another server of Slack's Web API stands. Each call waits for its turn by ``pace``, or is put
    off by a DeliveryError that says how long. ``refused`` is told of tokens that Slack refuses.
    """

    def __init__(
        self,
        token_of: TokenOf,
        *,
        base_url: str | None = None,
        timeout_s: int = _TIMEOUT_S,
        pace: Pace | None = None,
        refused: Refused = lambda _workspace, _token, _why: None,
    ) -> None:
        self.base_url: Final = f"{base_url.rstrip('/')}/" if base_url else API_URL
        self.token_of: Final = token_of
        self._timeout_s = timeout_s
        self._pace = pace or Pace()
        self._refused = refused

    def call(
        self,
        workspace: str,
        ask: Callable[[WebClient], _T],
        *,
        method: str,
        chat: str = "",
        message: str = "",
        count: int = 1,
    ) -> _T:
        """Return what Slack answers to one call of ``method``.

        ``count`` is how many such calls begin with this one and go together: each of the others has 0.
        """
        token = self.token_of(workspace)
        client = self._client(token)

        def asked() -> _T:
            try:
                return ask(client)
            except SlackApiError as error:
                if why := token_refusal(error):
                    self._refused(workspace, token, why)
                raise

        self._pace.wait(workspace, method, chat=chat, message=message, count=count)
        try:
            return _told(asked)
        except DeliveryError as error:
            if error.code == SLOW_DOWN and error.retry_after_s:
                self._pace.close(workspace, method, chat=chat, for_s=error.retry_after_s)
            raise

    def call_without(self, ask: Callable[[WebClient], _T], *, token: str | None = None) -> _T:
        """Return what Slack answers to a call in no workspace's name: with a token of another kind, or with none."""
        return _told(lambda: ask(self._client(token)))

    def _client(self, token: str | None) -> WebClient:
        return Client(token, base_url=self.base_url, timeout=self._timeout_s, retry_handlers=_NONE)

    def respond(self, url: str, ask: Callable[[WebhookClient], WebhookResponse]) -> WebhookResponse:
        """Answer at the address that came with a command or a tap; only Slack's own is called."""
        if not self.is_slacks(url):
            raise DeliveryError("bad_address", permanent=True)
        return _told(lambda: ask(Webhook(url, timeout=self._timeout_s, retry_handlers=_NONE)))

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
