"""Slack's OAuth: where a person allows the app, and what Slack gives for the code or the refresh token."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final
from urllib.parse import quote

import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web import SlackResponse

from bot.channel import DeliveryError
from bot.slack.api import API_URL, Api
from bot.slack.failures import said

REDIRECT: Final = "/slack/oauth_redirect"
_OURS: Final = frozenset({"invalid_client_id", "bad_client_secret", "invalid_client"})
_GONE: Final = frozenset(
    {"invalid_refresh_token", "invalid_grant", "invalid_auth", "token_revoked", "token_expired", "account_inactive"}
)
_WORD: Final = re.compile(r"[a-z_]{1,60}")
_FOR_A_MOMENT: Final = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class OAuthRefused(Exception):
    """Slack gives no token. ``is_ours``: it does not know the app's id or secret; ``is_final``: nor what was used."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word: Final = word
        self.is_ours: Final = word in _OURS
        self.is_final: Final = word in _GONE


@dataclass(frozen=True, slots=True)
class Granted:
    """What Slack gave. ``team`` is the workspace, or the organisation where the whole of it installed the app.

    ``refresh`` is empty and ``expires_in_s`` None for a token that does not expire.
    """

    team: str
    name: str
    token: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in_s: int | None
    scopes: tuple[str, ...]
    bot_user: str
    app_id: str


class OAuth:
    """The app, as Slack knows it by its id and secret. Blocks; raises OAuthRefused and DeliveryError."""

    def __init__(self, api: Api, *, client_id: str, client_secret: str, public_url: str) -> None:
        self._api = api
        self._id = client_id
        self._secret = client_secret
        self._redirect = f"{public_url}{REDIRECT}"

    def address(self, state: str) -> str:
        """Return the page on which a person allows the app what the manifest names, and no more."""
        base = "https://slack.com" if self._api.base_url == API_URL else self._api.base_url.removesuffix("/api/")
        made = AuthorizeUrlGenerator(
            client_id=quote(self._id, safe=""),
            redirect_uri=quote(self._redirect, safe=""),
            scopes=scopes(),
            authorization_url=f"{base}/oauth/v2/authorize",
        )
        return made.generate(quote(state, safe=""))

    def exchange(self, code: str) -> Granted:
        """Return what Slack gives for the code that a person came back with."""
        return self._ask(lambda client: self._access(client, code=code, redirect_uri=self._redirect))

    def refresh(self, token: str) -> Granted:
        """Return a new pair for a refresh token, which is worth nothing afterwards."""
        return self._ask(lambda client: self._access(client, grant_type="refresh_token", refresh_token=token))

    def _access(self, client: WebClient, **given: str) -> SlackResponse:
        return client.oauth_v2_access(client_id=self._id, client_secret=self._secret, **given)

    def _ask(self, ask: Any) -> Granted:
        def asked(client: WebClient) -> SlackResponse | OAuthRefused:
            try:
                answer: SlackResponse = ask(client)
            except SlackApiError as error:
                word = said(error)
                if not _WORD.fullmatch(word) or word in _FOR_A_MOMENT:
                    raise  # what is no answer of Slack's own says nothing about the token
                return OAuthRefused(word)
            return answer

        answer = self._api.call_without(asked)
        if isinstance(answer, OAuthRefused):
            raise answer
        return _granted(answer)


def _granted(answer: SlackResponse) -> Granted:
    """Read an answer, which is no more to be trusted than any other's. Raises DeliveryError."""
    enterprise, team = answer.get("enterprise") or {}, answer.get("team") or {}
    where = enterprise if answer.get("is_enterprise_install") else team
    token, expires_in = str(answer.get("access_token") or ""), answer.get("expires_in")
    refresh = str(answer.get("refresh_token") or "")
    if answer.get("token_type") != "bot" or not token.startswith(("xoxb-", "xoxe.xoxb-")) or not where.get("id"):
        raise DeliveryError("bad_answer", permanent=False)
    expires_in_s = int(expires_in) if refresh and expires_in is not None else None
    return Granted(
        team=str(where["id"])[:32],
        name=str(where.get("name") or "")[:120],
        token=token,
        refresh=refresh,
        expires_in_s=expires_in_s,
        scopes=tuple(filter(None, str(answer.get("scope") or "").split(","))),
        bot_user=str(answer.get("bot_user_id") or "")[:32],
        app_id=str(answer.get("app_id") or "")[:32],
    )


@lru_cache
def manifest() -> dict[str, Any]:
    """Return the app's manifest."""
    found: dict[str, Any] = yaml.safe_load(resources.files("bot.slack").joinpath("manifest.yaml").read_text("utf-8"))
    return found


def scopes() -> Sequence[str]:
    """Return the rights that the app asks for."""
    return list(manifest()["oauth_config"]["scopes"]["bot"])
