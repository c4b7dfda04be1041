"""The company's own page: when it works, who leads whom, what it may spend, and how its suppliers stand."""

import datetime as dt
import re
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection, text
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, check_origin, visitor
from inventory_core import journal
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from inventory_core.quantity import parse_money, write_money
from inventory_core.suppliers import STANDINGS
from workflows import people, workspaces, worktime
from workflows.desk import Desk
from workflows.phrases import say
from workflows.tables import work_days

_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})")
_ADMINISTRATOR: Final = "administrator"


def router(desk: Desk, *, slack: bool = False) -> APIRouter:
    """Return the routes of the company's page; ``slack``: the app can be installed in further Slack workspaces."""
    page = _Page(desk, slack=slack)
    return router_of(
        ("GET", "/p/{code}/company", page.company),
        ("POST", "/p/{code}/company", page.change),
        ("GET", "/p/{code}/company/slack", page.install),
    )


class _Page:
    def __init__(self, desk: Desk, *, slack: bool) -> None:
        self._desk = desk
        self._has_slack = slack

    def company(self, request: Request, code: str) -> Response:
        who = self._administrator(request, code)
        return HTMLResponse(self._company(who, ""))

    def install(self, request: Request, code: str) -> Response:
        """Lead an administrator to the installation in one more Slack workspace."""
        who = self._administrator(request, code)
        if not self._has_slack:
            raise Stop(404, "web.not_found")
        with writing(self._desk.engine) as db:
            ticket = workspaces.new_ticket(db, who.employee, now=self._desk.clock())
        return RedirectResponse(f"/slack/install/{ticket}", 303)

    def _administrator(self, request: Request, code: str) -> Visitor:
        who = visitor(self._desk, request, code)
        if _ADMINISTRATOR not in who.employee.roles:
            raise Stop(403, "web.not_yours")
        return who

    def _company(self, who: Visitor, told: str) -> str:
        with reading(self._desk.engine) as db:
            time = worktime.load(db, self._desk.zone)
            everyone = people.everyone(db)
            managers = {
                row.code: row.manager for row in db.execute(text("""
                    SELECT e.code, COALESCE(m.code, '') AS manager FROM employees e
                    LEFT JOIN employees m ON m.id = e.manager_id
                """))
            }  # fmt: skip
            owners = {
                row.category: row.code for row in db.execute(text("""
                    SELECT i.category, COALESCE(e.code, '') AS code FROM (SELECT DISTINCT category FROM items) i
                    LEFT JOIN category_owners o ON o.category = i.category
                    LEFT JOIN employees e ON e.id = o.employee_id WHERE i.category <> '' ORDER BY i.category
                """))
            }  # fmt: skip
            suppliers = db.execute(text("""
                SELECT code, name, standing, counts_blind FROM partners
                WHERE kind = 'supplier' AND is_active = 1 ORDER BY name, code
            """)).all()  # fmt: skip
            slack = workspaces.known(db)
            budgets = {
                row.category: write_money(row.monthly)
                for row in db.execute(text("SELECT category, monthly FROM category_budgets"))
            }
        hours = {
            day: ", ".join(f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in time.hours.get(day, ()))
            for day in range(7)
        }
        days = "\n".join(f"{day.isoformat()} {'+' if works else '-'}" for day, works in sorted(time.days.items()))
        return render.company(
            who,
            hours=hours,
            days=days,
            everyone=everyone,
            managers=managers,
            owners=owners,
            budgets=budgets,
            suppliers=suppliers,
            slack=slack,
            has_slack=self._has_slack,
            told=told,
        )

    async def change(self, request: Request, code: str) -> Response:
        check_origin(self._desk, request)
        who = await run_in_threadpool(self._administrator, request, code)
        async with request.form(max_files=0) as form:
            sent = {name: str(value)[:5000] for name, value in form.multi_items()}
        return HTMLResponse(await run_in_threadpool(self._change, who, sent))

    def _change(self, who: Visitor, sent: dict[str, str]) -> str:
        try:
            hours = {day: _spans(sent.get(f"hours.{day}", "")) for day in range(7)}
            days = dict(_day(line) for line in sent.get("days", "").splitlines() if line.strip())
            budgets = {
                name.removeprefix("budget."): _money(words)
                for name, words in sent.items()
                if name.startswith("budget.") and words.strip()
            }
        except ValueError as error:
            return self._company(who, say(who.language, "company.wrong", words=str(error)[:60]))
        with writing(self._desk.engine) as db:
            worktime.set_hours(db, hours)
            _set_days(db, days)
            _set_people(db, sent)
            _set_suppliers(db, sent)
            _set_budgets(db, budgets)
            journal.write(db, "company.changed", now=self._desk.clock(), employee_id=who.employee.id)
        return self._company(who, say(who.language, "company.saved"))


def _spans(words: str) -> list[tuple[int, int]]:
    """Return "8:00-12:00, 13:00-17:30" as minutes of the day. Raises ValueError with what does not fit."""
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[,，;；]", words))):
        span = _SPAN.fullmatch(part)
        begin, end = (int(span[1]) * 60 + int(span[2]), int(span[3]) * 60 + int(span[4])) if span else (0, 0)
        if not 0 <= begin < end <= 1440:
            raise ValueError(part)
        found.append((begin, end))
    return found


def _day(line: str) -> tuple[dt.date, bool]:
    """Return "2026-10-01 -" (a holiday) or "2026-10-10 +" (worked). Raises ValueError with the line."""
    day, _, sign = line.strip().partition(" ")
    if sign.strip() not in ("+", "-"):
        raise ValueError(line)
    try:
        return dt.date.fromisoformat(day), sign.strip() == "+"
    except ValueError:
        raise ValueError(line) from None


def _set_days(db: Connection, days: dict[dt.date, bool]) -> None:
    db.execute(text("DELETE FROM work_days"))
    if days:
        rows = [{"day": day, "is_working": int(works)} for day, works in days.items()]
        db.execute(work_days.insert(), rows)


def _set_people(db: Connection, sent: dict[str, str]) -> None:
    ids = {row.code: row.id for row in db.execute(text("SELECT id, code FROM employees"))}
    for name, value in sent.items():
        kind, _, key = name.partition(".")
        if kind == "manager" and key in ids and value != key:
            db.execute(
                text("UPDATE employees SET manager_id = :manager WHERE id = :id"),
                {"id": ids[key], "manager": ids.get(value)},
            )
        elif kind == "owner":
            db.execute(text("DELETE FROM category_owners WHERE category = :category"), {"category": key})
            if value in ids:
                db.execute(
                    text("INSERT INTO category_owners (category, employee_id) VALUES (:category, :id)"),
                    {"category": key, "id": ids[value]},
                )


def _money(words: str) -> int:
    """Return an amount in 1/10,000. Raises ValueError with what does not fit."""
    try:
        amount = parse_money(words)
    except RuleBroken:
        raise ValueError(words) from None
    if amount < 0:
        raise ValueError(words)
    return amount


def _set_suppliers(db: Connection, sent: dict[str, str]) -> None:
    """Write how each supplier stands, and whose goods are counted blind, of those that the form named."""
    named = {name.removeprefix("standing."): value for name, value in sent.items() if name.startswith("standing.")}
    rows = [
        {"code": code, "standing": standing, "blind": int(f"blind.{code}" in sent)}
        for code, standing in named.items()
        if standing in STANDINGS
    ]
    if rows:
        db.execute(text("UPDATE partners SET standing = :standing, counts_blind = :blind WHERE code = :code"), rows)


def _set_budgets(db: Connection, budgets: dict[str, int]) -> None:
    db.execute(text("DELETE FROM category_budgets"))
    if budgets:
        rows = [{"category": category, "monthly": monthly} for category, monthly in budgets.items()]
        db.execute(text("INSERT INTO category_budgets (category, monthly) VALUES (:category, :monthly)"), rows)
