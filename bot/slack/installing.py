"""The two pages of an installation: the way to Slack, and the way back with what Slack allows.

What comes back must carry a state that was given to this very browser, at most ten minutes ago and for the first time;
else anybody could lay an installation of theirs into somebody's hands (RFC 6749, section 10.12).
"""

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from fastapi import APIRouter, Request
from sqlalchemy import Connection, text
from starlette.responses import RedirectResponse, Response

from bot.channel import DeliveryError
from bot.slack.oauth import REDIRECT, Granted, OAuth, OAuthRefused
from bot.slack.tokens import Tokens
from inventory_core.db.engine import writing
from inventory_core.db.metadata import to_micros
from workflows.desk import Desk
from workflows.workspaces import hash_of

log = structlog.get_logger()

BEGIN: Final = "/slack/install"
_BROWSER: Final = "slack_install"
_LIFE: Final = dt.timedelta(minutes=10)
_ID: Final = re.compile(r"[A-Z0-9]{1,32}")


class Page(Protocol):
    """Answers with one sentence, by its key, in the language of whoever looks; ``onward`` is the way on."""

    def __call__(
        self, request: Request, status: int, key: str, *, blanks: Mapping[str, str] = ..., onward: str = ...
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class _Allowed:
    """An installation that may take place; ``employee_id`` is whose ticket it was."""

    employee_id: int | None


class Installing:
    """``router`` holds both pages. A ticket is good for one installation."""

    def __init__(self, desk: Desk, tokens: Tokens, oauth: OAuth, page: Page) -> None:
        self._desk = desk
        self._tokens = tokens
        self._oauth = oauth
        self._page = page
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route(f"{BEGIN}/{{ticket}}", self._begin, methods=["GET"], response_model=None)
        self.router.add_api_route(REDIRECT, self._finish, methods=["GET"], response_model=None)

    def _begin(self, request: Request, ticket: str) -> Response:
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with writing(self._desk.engine) as db:
            is_good = _note_state(db, ticket, state, browser, now=self._desk.clock())
        if not is_good:
            return self._page(request, 400, "slack_install.over")
        response = RedirectResponse(self._oauth.address(state), 303)
        response.set_cookie(
            _BROWSER,
            browser,
            max_age=int(_LIFE.total_seconds()),
            path="/slack",
            secure=self._desk.base_url.startswith("https:"),
            httponly=True,
            samesite="lax",  # it has to come back with the browser that Slack sends here
        )
        return response

    def _finish(self, request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        browser, now = request.cookies.get(_BROWSER, ""), self._desk.clock()
        with writing(self._desk.engine) as db:
            allowed = _take_state(db, state, browser, now=now, wants_ticket=bool(code and not error))
        if allowed is None:
            return self._page(request, 400, "slack_install.state")
        if error or not code:
            return self._page(request, 400, "slack_install.denied")
        try:
            granted = self._oauth.exchange(code)
        except OAuthRefused as refused:
            log.error("slack_install_refused", why=refused.word)
            return self._page(request, 400, "slack_install.client" if refused.is_ours else "slack_install.refused")
        except DeliveryError as failed:
            log.warning("slack_install_lost", code=failed.code)
            return self._page(request, 502, "slack_install.away")
        self._tokens.install(granted, employee_id=allowed.employee_id)
        response = self._page(
            request, 200, "slack_install.done", blanks={"name": granted.name or granted.team}, onward=_onward(granted)
        )
        response.delete_cookie(_BROWSER, path="/slack")
        return response


def _note_state(db: Connection, ticket: str, state: str, browser: str, *, now: dt.datetime) -> bool:
    """Note a state for a browser, if the ticket is good."""
    db.execute(text("DELETE FROM install_states WHERE expires_at <= :now"), {"now": to_micros(now)})
    known = db.execute(
        text("SELECT 1 FROM install_tickets WHERE ticket_hash = :hash AND expires_at > :now"),
        {"hash": hash_of(ticket), "now": to_micros(now)},
    ).first()
    if known is None:
        return False
    db.execute(
        text("""
            INSERT INTO install_states (state_hash, browser_hash, ticket_hash, expires_at)
            VALUES (:state, :browser, :ticket, :until)
        """),
        {
            "state": hash_of(state),
            "browser": hash_of(browser),
            "ticket": hash_of(ticket),
            "until": to_micros(now + _LIFE),
        },
    )
    return True


def _take_state(
    db: Connection, state: str, browser: str, *, now: dt.datetime, wants_ticket: bool
) -> _Allowed | None:  # fmt: skip
    """Use up a state of this browser, and its ticket where an installation follows; None if there is none."""
    ticket = db.execute(
        text("""
            DELETE FROM install_states WHERE state_hash = :state AND browser_hash = :browser AND expires_at > :now
            RETURNING ticket_hash
        """),
        {"state": hash_of(state), "browser": hash_of(browser), "now": to_micros(now)},
    ).scalar()
    if ticket is None or not wants_ticket:
        return _Allowed(None) if ticket is not None else None
    taken = db.execute(
        text("DELETE FROM install_tickets WHERE ticket_hash = :ticket RETURNING employee_id"), {"ticket": ticket}
    ).first()
    return _Allowed(taken.employee_id) if taken is not None else None


def _onward(granted: Granted) -> str:
    """Return the address at which Slack opens the app, or nothing where its ids are not of the known shape."""
    if not (_ID.fullmatch(granted.app_id) and _ID.fullmatch(granted.team)):
        return ""
    return f"https://slack.com/app_redirect?app={granted.app_id}&team={granted.team}"
