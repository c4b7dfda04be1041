"""Says in plain words what a connection to Slack lacks, workspace by workspace, and what to do about it."""

import datetime as dt
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final, Literal

import httpx
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from sqlalchemy import Connection, text

from app.wiring import Wiring
from bot.channel import DeliveryError
from bot.slack.api import Api
from bot.slack.failures import TOKEN_REFUSED
from bot.slack.oauth import scopes
from bot.slack.routes import PATH
from bot.slack.tokens import Tokens
from inventory_core.db.engine import reading
from workflows import phrases, workspaces
from workflows.definition import Language
from workflows.phrases import catalogue
from workflows.workspaces import Workspace

_SKEW_S_MAX: Final = 60
"""Slack's requests are refused when they seem older than five minutes: one minute is a warning in time."""
_TIMEOUT_S: Final = 8.0
_UNSIGNED: Final = 401

Kind = Literal["good", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was looked at. ``missing``: somebody has to do something about it."""

    kind: Kind
    words: str


def check(wiring: Wiring, language: Language) -> Iterator[Said]:
    """Look at everything, one thing after the other."""
    yield from _Check(wiring, language).all()


@dataclass(frozen=True, slots=True)
class _Place:
    """A workspace to look at; ``known`` is what the database holds of it."""

    team: str
    name: str
    known: Workspace | None


class _Check:
    def __init__(self, wiring: Wiring, language: Language) -> None:
        self._wiring = wiring
        self._settings = wiring.settings
        self._language = language

    def all(self) -> Iterator[Said]:
        api, tokens = self._wiring.slack, self._wiring.slack_tokens
        if api is None or tokens is None:
            yield self._missing("not_set_up")
            return
        yield from self._way_in(api)
        if not self._wiring.keyring.is_private():
            yield self._missing("key_open", path=str(self._wiring.keyring.path))
        places = yield from self._places(api, tokens)
        if not places:
            yield self._missing("nowhere")
        for each in places:
            yield from self._workspace(api, tokens, each)

    def _say(self, kind: Kind, key: str, **blanks: str | int) -> Said:
        return Said(kind, phrases.say(self._language, f"slack_check.{key}", **blanks))

    def _missing(self, key: str, **blanks: str | int) -> Said:
        return self._say("missing", key, **blanks)

    def _good(self, key: str, **blanks: str | int) -> Said:
        return self._say("good", key, **blanks)

    def _why(self, error: DeliveryError) -> str:
        """Return our name for a failure in words."""
        key = f"slack_check.code_{error.code}"
        return phrases.say(self._language, key if key in catalogue("en") else "slack_check.code_other")

    def _way_in(self, api: Api) -> Iterator[Said]:
        """Look at the ways by which Slack's requests come: Socket Mode, or the public address."""
        if self._settings.slack_app_token is not None:
            token = self._settings.slack_app_token.get_secret_value()
            try:
                api.call_without(lambda client: client.apps_connections_open(app_token=token))
            except DeliveryError as error:
                yield self._missing("socket_refused", why=self._why(error))
            else:
                yield self._good("socket_works")
        elif self._settings.public_url is None:
            yield self._missing("no_address")
        if self._settings.has_oauth and not (self._settings.public_url or "").startswith("https:"):
            yield self._missing("not_https")
        if self._settings.slack_signing_secret is not None and self._settings.public_url is not None:
            yield self._address(f"{self._settings.public_url}{PATH}")

    def _address(self, url: str) -> Said:
        """Knock at our own door from outside: unsigned, it answers that it is not open to everybody."""
        try:
            status = httpx.post(url, content=b"", timeout=_TIMEOUT_S).status_code
        except httpx.HTTPError:
            return self._missing("unreachable", url=url)
        if status != _UNSIGNED:
            return self._missing("not_ours", url=url, status=status)
        return self._good("reachable", url=url)

    def _places(self, api: Api, tokens: Tokens) -> Generator[Said, None, Sequence[_Place]]:
        """Return the workspaces to look at, that of the environment's token among them."""
        with reading(self._wiring.engine) as db:
            known = workspaces.known(db)
        found = [_Place(each.team, each.called, each) for each in known if each.state != "removed"]
        for each in known:
            if each.state == "removed":
                yield self._say("note", "removed", name=each.called)
        if tokens.environment is not None:
            try:
                told = api.call_without(lambda client: client.auth_test(), token=tokens.environment)
            except DeliveryError as error:
                yield self._missing("environment_refused", why=self._why(error))
            else:
                if tokens.environment.startswith("xoxe."):
                    yield self._missing("environment_ends")
                team, name = str(told.get("team_id") or ""), str(told.get("team") or "")
                if team not in {each.team for each in found}:
                    found.append(_Place(team, name or team, None))
        return found

    def _workspace(self, api: Api, tokens: Tokens, place: _Place) -> Iterator[Said]:
        try:
            told = api.call(place.team, lambda client: client.auth_test(), method="auth.test")
        except DeliveryError as error:
            yield self._missing("token_refused", name=place.name, why=self._why(error))
        else:
            yield self._token(tokens, place)
            yield from self._rights(place, told)
            yield from self._clock(told)
            yield from self._channels(api, place)
        yield from self._arrivals(place)
        yield self._people(place)

    def _token(self, tokens: Tokens, place: _Place) -> Said:
        """Say how a token stands that Slack has just taken; one that it had refused counts again."""
        with reading(self._wiring.engine) as db:
            known = workspaces.find(db, place.team)
        if known is not None and known.state == "broken":
            if known.reason not in TOKEN_REFUSED:
                why = phrases.say(self._language, f"workspace.why_{known.reason}")
                return self._missing("broken", name=place.name, why=why)
            tokens.vault.works(place.team)
        return self._good("token_works", name=place.name)

    def _rights(self, place: _Place, told: SlackResponse) -> Iterator[Said]:
        given = _header(told, "x-oauth-scopes")
        has = {each.strip() for each in given.split(",") if each.strip()}
        has = has or set(place.known.scopes if place.known else ())
        lacks, more = [each for each in scopes() if each not in has], sorted(has - set(scopes()))
        if not has:
            yield self._say("note", "rights_untold", name=place.name)
        elif lacks:
            yield self._missing("rights_missing", name=place.name, rights=", ".join(lacks))
        else:
            yield self._good("rights_whole", name=place.name)
        if more:
            yield self._say("note", "rights_more", name=place.name, rights=", ".join(more))

    def _clock(self, told: SlackResponse) -> Iterator[Said]:
        try:
            theirs = parsedate_to_datetime(_header(told, "date"))
        except ValueError:
            return
        off = (self._wiring.desk.clock() - theirs.astimezone(dt.UTC)).total_seconds()
        if abs(off) > _SKEW_S_MAX:
            yield self._missing("clock_off", seconds=round(abs(off)))

    def _channels(self, api: Api, place: _Place) -> Iterator[Said]:
        """Look whether the bot is in the channels that alerts and the digest go to."""
        with reading(self._wiring.engine) as db:
            chats = _subscribed(db, place.team)
        for team, chat in chats:
            try:
                # Of what is said there nothing is kept: the call alone tells whether the bot is a member.
                api.call(team, partial(_look_into, chat=chat), method="conversations.history")
            except DeliveryError as error:
                is_out = error.code in ("not_in_channel", "chat_not_found", "chat_closed")
                key = "not_in_channel" if is_out else "channel_unknown"
                yield self._missing(key, name=place.name, chat=chat, why=self._why(error))
            else:
                yield self._good("in_channel", name=place.name, chat=chat)

    def _arrivals(self, place: _Place) -> Iterator[Said]:
        with reading(self._wiring.engine) as db:
            came = workspaces.arrivals(db, place.team)
        if not came:
            yield self._missing("nothing_came", name=place.name)
        for kind, at in sorted(came.items()):
            yield self._good(f"came_{kind}", name=place.name, when=self._wiring.desk.local_time(at))

    def _people(self, place: _Place) -> Said:
        with reading(self._wiring.engine) as db:
            count = sum(_linked(db, each) for each in workspaces.covered(db, place.team))
        if not count:
            return self._missing("nobody_linked", name=place.name)
        return self._good("linked", name=place.name, n=count)


def _look_into(client: WebClient, chat: str) -> SlackResponse:
    return client.conversations_history(channel=chat, limit=1)


def _header(told: SlackResponse, name: str) -> str:
    for key, value in dict(told.headers or {}).items():
        if str(key).lower() == name:
            return str(value[0] if isinstance(value, list) else value)
    return ""


def _subscribed(db: Connection, team: str) -> list[tuple[str, str]]:
    found = []
    for each in workspaces.covered(db, team):
        rows = db.execute(
            text("""
                SELECT chat FROM chats
                WHERE platform = 'slack' AND workspace = :team AND purpose = 'alerts' AND is_open = 1 ORDER BY chat
            """),
            {"team": each},
        )
        found += [(each, str(row.chat)) for row in rows]
    return found


def _linked(db: Connection, team: str) -> int:
    return int(
        db.execute(
            text("SELECT COUNT(*) FROM identities WHERE platform = 'slack' AND workspace = :team"), {"team": team}
        ).scalar_one()
    )
