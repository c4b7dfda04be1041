"""Papers to print, as files: PDF and CSV of a document, labels of a document or a lot; and the links under a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection, bindparam, text
from starlette.responses import Response

from bot import printing
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, visitor
from charts.papers import offers, stickers
from charts.papers.offers import Format, Offer, OfferName
from charts.papers.paper import LabelSize, PaperLanguage, Printed
from charts.papers.words import say as say_on_paper
from inventory_core.db.engine import reading
from inventory_core.errors import NothingToPrint
from workflows import papers
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

_SIZES: Final[dict[str, LabelSize]] = {"100x50": "100x50", "62x29": "62x29"}
_LANGUAGES: Final[dict[str, PaperLanguage]] = {"en": "en", "zh": "zh", "both": "both"}
_DOCUMENTS: Final = text("""
    SELECT t.id, i.document_id FROM tasks t JOIN flow_instances i ON i.id = t.instance_id WHERE t.id IN :ids
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Link:
    """Something to tap: its words, and its address under the person's home."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Print:
    """A paper under a card: what it is, and the ways in which it is had."""

    title: str
    links: tuple[Link, ...]


def prints(db: Connection, desk: Desk, who: Visitor, task_ids: Sequence[int]) -> dict[int, tuple[Print, ...]]:
    """Return the papers that a person may print with each of these tasks, at hand under its card."""
    about = {row.id: row.document_id for row in db.execute(_DOCUMENTS, {"ids": list(task_ids)})} if task_ids else {}
    found = printing.offered(db, desk, who.employee, sorted(set(about.values())))
    return {
        task_id: tuple(_print(offer, who.language) for offer in found.get(document_id, ()))
        for task_id, document_id in about.items()
    }


def _print(offer: Offer, language: Language) -> Print:
    place = f"/paper/{offer.document_id}"
    if offer.name == "labels":
        links = [
            Link(f"{size.replace('x', ' × ')} mm", f"{place}/pdf?paper=labels&language={language}&size={size}")
            for size in _SIZES
        ]
    else:
        how = f"paper={offer.name}&language="
        links = [Link("PDF", f"{place}/pdf?{how}{language}")]
        if offer.name in offers.PARTNERS:
            links.append(Link(say(language, "print.both"), f"{place}/pdf?{how}both"))
        links.append(Link("CSV", f"{place}/csv?{how}{language}"))
    return Print(f"{say_on_paper(language, f'paper.{offer.name}')} {offer.number}", tuple(links))


def router(desk: Desk) -> APIRouter:
    """Return the routes of the files."""
    files = _Files(desk)
    return router_of(
        ("GET", "/p/{code}/paper/{number:int}/pdf", files.pdf),
        ("GET", "/p/{code}/paper/{number:int}/csv", files.csv),
        ("GET", "/p/{code}/label/{number:int}/pdf", files.label),
        ("GET", "/p/{code}/bins/pdf", files.bins),
    )


class _Files:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def pdf(
        self, request: Request, code: str, number: int, paper: str = "", language: str = "", size: str = ""
    ) -> Response:
        who = visitor(self._desk, request, code)
        return self._file(who, number, paper, language, size, format_="pdf")

    def csv(self, request: Request, code: str, number: int, paper: str = "", language: str = "") -> Response:
        who = visitor(self._desk, request, code)
        return self._file(who, number, paper, language, "", format_="csv")

    def label(self, request: Request, code: str, number: int, language: str = "", size: str = "") -> Response:
        """Answer with the labels of a lot: anybody may have them, as anybody may trace it."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            lot = db.execute(text("SELECT number FROM lots WHERE id = :id AND id > 0"), {"id": number}).scalar()
            try:
                made = offers.labelled(
                    stickers.of_lot(db, number), str(lot), language=_language(language, who), size=_size(size),
                    bot=self._desk.bot_name,
                )  # fmt: skip
            except NothingToPrint:
                raise Stop(404, "web.nothing_to_print") from None
        return _sent(made)

    def bins(self, request: Request, code: str, place: str = "", language: str = "", size: str = "") -> Response:
        """Answer with the labels of a bin, or of an area's bins: anybody may have them, as anybody may look there."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            try:
                made = offers.bin_labelled(
                    stickers.of_bins(db, place), place, language=_language(language, who), size=_size(size),
                    bot=self._desk.bot_name,
                )  # fmt: skip
            except NothingToPrint:
                raise Stop(404, "web.nothing_to_print") from None
        return _sent(made)

    def _file(
        self, who: Visitor, number: int, paper: str, language: str, size: str, *, format_: Format
    ) -> Response:  # fmt: skip
        with reading(self._desk.engine) as db:
            if not papers.may_see(db, who.employee, number, now=self._desk.clock()):
                raise Stop(403, "web.not_yours")
            try:
                made = offers.printed(
                    db, number, self._name(db, number, paper), language=_language(language, who),
                    today=self._desk.today(), format_=format_, size=_size(size), bot=self._desk.bot_name,
                )  # fmt: skip
            except NothingToPrint:
                raise Stop(404, "web.nothing_to_print") from None
        return _sent(made)

    def _name(self, db: Connection, number: int, paper: str) -> OfferName:
        """Return the paper that is asked for, or the first that there is. Raises Stop."""
        own = [each.name for each in offers.of_documents(db, [number]).get(number, ()) if each.is_own]
        found = next((each for each in own if paper in ("", each)), None)
        if found is None:
            raise Stop(404, "web.nothing_to_print")
        return found


def _language(said: str, who: Visitor) -> PaperLanguage:
    return _LANGUAGES.get(said, who.language)


def _size(said: str) -> LabelSize:
    return _SIZES.get(said, "100x50")


def _sent(made: Printed) -> Response:
    # As a file, not in the page: a phone opens it in what it prints with, and our pages' policy lets no viewer in.
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)
