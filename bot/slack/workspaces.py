"""From which workspaces something is taken: those that a token serves; and what happens when one takes the app away.

Their tokens are kept good meanwhile, so that no tap waits for a new one.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.channel import DeliveryError
from bot.slack.api import Api
from bot.slack.tokens import Tokens
from inventory_core.db.engine import writing
from workflows import workspaces
from workflows.workspaces import Arrival

log = structlog.get_logger()

_GOOD_FOR_S: Final = 60.0
_KEEP_EVERY_S: Final = 60.0
_FAREWELLS: Final = frozenset({"app_uninstalled", "tokens_revoked", "team_access_revoked"})

Body = Mapping[str, Any]


class Workspaces:
    """Stands before the handlers. ``tokens`` is None where one token serves whoever comes."""

    def __init__(self, tokens: Tokens | None, api: Api) -> None:
        self._tokens = tokens
        self._api = api
        self._let_in: dict[tuple[str, Arrival], float] = {}

    @property
    def are_chosen(self) -> bool:
        """Tell whether there is anything to ask for with ``let_in``."""
        return self._tokens is not None

    async def let_in(
        self, context: AsyncBoltContext, body: Body, next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """Let a request through to its handler, or answer it with nothing: Slack is not to send it again.

        To be asked only where workspaces ``are_chosen``.
        """
        # Of an organisation's installation no workspace is named beside it: there the body says where it happened.
        team, organisation = str(context.team_id or body.get("team_id") or ""), context.enterprise_id or ""
        is_farewell = (body.get("event") or {}).get("type") in _FAREWELLS
        assert self._tokens is not None, "asked where are_chosen alone"
        if is_farewell or not (team or organisation):
            return await next_()
        kind = _kind(body)
        if self._let_in.get((team, kind), 0.0) < time.monotonic():
            covering = organisation if context.is_enterprise_install else ""
            if not await asyncio.to_thread(self._is_served, self._tokens, team, covering, kind):
                log.warning("slack_workspace_unknown", team=team or organisation, kind=kind)
                return BoltResponse(status=200, body="")
            self._let_in[team, kind] = time.monotonic() + _GOOD_FOR_S
        return await next_()

    async def left(self, event: Body, body: Body) -> None:
        """Forget the tokens of a workspace from which the app was removed, or whose bot token was revoked.

        An organisation may also take the app from some of its workspaces.
        """
        is_revoked = event.get("type") == "tokens_revoked"
        teams = event["team_ids"] if event.get("type") == "team_access_revoked" else [_whose(body)]
        if self._tokens is None or (is_revoked and not (event.get("tokens") or {}).get("bot")):
            return
        at = dt.datetime.fromtimestamp(int(body.get("event_time") or time.time()), dt.UTC)
        # Slack tells whole seconds: one that an installation began in is later than that.
        at += dt.timedelta(seconds=1)
        for team in filter(None, map(str, teams)):
            await asyncio.to_thread(self._tokens.remove, team, "revoked" if is_revoked else "uninstalled", at=at)
        self._let_in.clear()

    async def keep(self) -> None:
        """Keep the tokens good, until cancelled."""
        while self._tokens is not None:
            try:
                await asyncio.to_thread(self._keep, self._tokens)
            except Exception:  # outermost: the database may be away for a moment
                log.exception("slack_tokens_wait")
            await asyncio.sleep(_KEEP_EVERY_S)

    def _keep(self, tokens: Tokens) -> None:
        tokens.keep_good()
        if tokens.is_given_anew():
            with suppress(DeliveryError):
                told = self._api.call_without(lambda client: client.auth_test(), token=tokens.environment)
                tokens.serves(str(told.get("team_id") or ""))

    @staticmethod
    def _is_served(tokens: Tokens, team: str, covering: str, kind: Arrival) -> bool:
        if covering and tokens.serves_itself(covering):
            if team:
                tokens.cover(team, organisation=covering)
        elif not tokens.serves(team):
            return False
        with writing(tokens.vault.engine) as db:
            workspaces.arrived(db, team or covering, kind, now=tokens.vault.clock())
        return True


def _kind(body: Body) -> Arrival:
    if body.get("type") == "event_callback":
        return "event"
    return "command" if "command" in body else "tap"


def _whose(body: Body) -> str:
    """Return whose installation an event speaks of: a workspace's, or a whole organisation's."""
    told: Body = next(iter(body.get("authorizations") or ()), {})
    organisation = str(told.get("enterprise_id") or body.get("enterprise_id") or "")
    team = str(body.get("team_id") or told.get("team_id") or "")
    return organisation if organisation and (told.get("is_enterprise_install") or not team) else team
