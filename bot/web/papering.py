"""Lists of papers: searched in words, narrowed by a rule, taken out and in as CSV; and the company's own page."""

import datetime as dt
import re
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection, text
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, check_origin, visitor
from inventory_core import journal
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from workflows import flows, papers, people, worktime
from workflows.desk import Desk
from workflows.phrases import say, say_error
from workflows.rules import RuleError
from workflows.tables import work_days

_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})")
_ADMINISTRATOR: Final = "administrator"


def router(desk: Desk) -> APIRouter:
    """Return the routes of the lists of papers and of the company's page."""
    pages = _Pages(desk)
    return router_of(
        ("GET", "/p/{code}/papers/", pages.first),
        ("GET", "/p/{code}/papers/{kind}", pages.listed),
        ("GET", "/p/{code}/papers/{kind}/csv", pages.csv),
        ("GET", "/p/{code}/paper/{number:int}", pages.paper),
        ("POST", "/p/{code}/papers/{kind}/import", pages.take_in),
        ("GET", "/p/{code}/company", pages.company),
        ("POST", "/p/{code}/company", pages.change),
    )


class _Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def first(self, request: Request, code: str) -> Response:
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            kinds = papers.kinds(db)
        kind = "receipt" if "receipt" in kinds and papers.SEE_ALL & who.employee.roles else next(iter(kinds), "")
        if not kind:
            raise Stop(404, "web.not_found")
        return RedirectResponse(f"{who.home}/papers/{kind}", 303)

    def listed(self, request: Request, code: str, kind: str, q: str = "", where: str = "") -> Response:
        who = visitor(self._desk, request, code)
        return HTMLResponse(self._list(who, kind, q[:100], where[:1000], told=""))

    def _list(self, who: Visitor, kind: str, words: str, where: str, *, told: str) -> str:
        with reading(self._desk.engine) as db:
            kinds, wrong = papers.kinds(db), ""
            if kind not in kinds:
                raise Stop(404, "web.not_found")
            owner = papers.whose(db, who.employee)
            try:
                table = papers.find(db, kind, words=words, where=where, owner_id=owner)
            except RuleError as error:
                wrong = say(who.language, "paper.bad_rule", why=str(error))
                table = papers.find(db, kind, words=words, owner_id=owner)
            starts = [
                flow for _, flow in flows.all_latest(db).values()
                if flow.about == kind and who.employee.roles & set(flow.started_by)
            ]  # fmt: skip
        return render.papers(
            who, kind=kind, kinds=kinds, table=table, words=words, where=where, wrong=wrong, told=told, starts=starts
        )

    def csv(self, request: Request, code: str, kind: str, q: str = "", where: str = "") -> Response:
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            if not _KIND.fullmatch(kind) or kind not in papers.kinds(db):
                raise Stop(404, "web.not_found")
            try:
                found = papers.find(
                    db, kind, words=q[:100], where=where[:1000], owner_id=papers.whose(db, who.employee), limit=5_000
                )
            except RuleError:
                raise Stop(422, "web.problem") from None
        name = f"{kind}-{self._desk.today().isoformat()}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(papers.as_csv(found, who.language), media_type="text/csv; charset=utf-8", headers=headers)

    def paper(self, request: Request, code: str, number: int) -> Response:
        """Lead from a paper to its case."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            task_id = papers.latest_case(db, number)
        if task_id is None:
            raise Stop(404, "web.not_found")
        return RedirectResponse(f"{who.home}/task/{task_id}", 303)

    async def take_in(self, request: Request, code: str, kind: str) -> Response:
        check_origin(self._desk, request)
        who = await run_in_threadpool(visitor, self._desk, request, code)
        async with request.form(max_files=1) as form:
            flow, sent = str(form.get("flow", ""))[:40], form.get("file")
            content = await sent.read() if isinstance(sent, UploadFile) else b""
        return HTMLResponse(await run_in_threadpool(self._import, who, kind, flow, content))

    def _import(self, who: Visitor, kind: str, flow: str, content: bytes) -> str:
        try:
            with writing(self._desk.engine) as db:
                count = papers.import_csv(db, self._desk, flow, content, who.employee, who.language)
            told = say(who.language, "paper.imported", n=count)
        except RuleBroken as error:
            told = say_error(who.language, error)
        return self._list(who, kind, "", "", told=told)

    def company(self, request: Request, code: str) -> Response:
        who = self._administrator(request, code)
        return HTMLResponse(self._company(who, ""))

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
        hours = {
            day: ", ".join(f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in time.hours.get(day, ()))
            for day in range(7)
        }
        days = "\n".join(f"{day.isoformat()} {'+' if works else '-'}" for day, works in sorted(time.days.items()))
        return render.company(
            who, hours=hours, days=days, everyone=everyone, managers=managers, owners=owners, told=told
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
        except ValueError as error:
            return self._company(who, say(who.language, "company.wrong", words=str(error)[:60]))
        with writing(self._desk.engine) as db:
            worktime.set_hours(db, hours)
            _set_days(db, days)
            _set_people(db, sent)
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
