"""Lists of papers: searched in words, narrowed by a rule, taken out and in as CSV."""

import re
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, check_origin, visitor
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from workflows import flows, papers
from workflows.desk import Desk
from workflows.phrases import say, say_error
from workflows.rules import RuleError

_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


def router(desk: Desk) -> APIRouter:
    """Return the routes of the lists of papers."""
    pages = _Pages(desk)
    return router_of(
        ("GET", "/p/{code}/papers/", pages.first),
        ("GET", "/p/{code}/papers/{kind}", pages.listed),
        ("GET", "/p/{code}/papers/{kind}/csv", pages.csv),
        ("GET", "/p/{code}/paper/{number:int}", pages.paper),
        ("POST", "/p/{code}/papers/{kind}/import", pages.take_in),
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
