"""Which papers a document can be printed as, and the files themselves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, text

from charts.papers import deliveries, orders, stickers, table
from charts.papers.paper import BinLabel, Label, LabelSize, Paper, PaperLanguage, PaperName, Printed
from charts.papers.words import say
from inventory_core import documents
from inventory_core.document import Document
from inventory_core.errors import NothingToPrint
from inventory_core.labels import link

OfferName = PaperName | Literal["labels"]
Format = Literal["pdf", "csv"]
OF_KIND: Final[Mapping[str, tuple[OfferName, ...]]] = {
    "purchase_order": ("purchase_order",),
    "requisition": ("request_for_quotation",),
    "request_for_quotation": ("request_for_quotation",),
    "sales_order": ("pick_list", "delivery_note"),
    "delivery": ("pick_list", "delivery_note"),
    "work_order": ("pick_list",),
    "receipt": ("labels",),
    "putaway": ("labels",),
}
"""The papers of each kind of document."""
PARTNERS: Final[frozenset[OfferName]] = frozenset({"purchase_order", "request_for_quotation", "delivery_note"})
"""What leaves the house, and so may be wanted in both languages."""
_RELATED: Final = frozenset({"purchase_order", "delivery", "request_for_quotation"})
"""What is offered beside a document that it serves, or that serves it."""
_SELECT: Final = """
    SELECT d.id, d.kind, d.number, d.state,
           EXISTS (SELECT 1 FROM document_lines l WHERE l.document_id = d.id AND l.ordered > l.done) AS is_open,
           EXISTS (SELECT 1 FROM movements m WHERE m.document_id = d.id AND m.reverses_id IS NULL
                   AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)) AS has_moved,
"""
_OWN: Final = text(_SELECT + " d.id AS about FROM documents d WHERE d.id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_SERVED: Final = text(
    _SELECT + " s.id AS about FROM documents s JOIN documents d ON d.id = s.source_id WHERE s.id IN :ids"
).bindparams(bindparam("ids", expanding=True))
_SERVING: Final = text(
    _SELECT + " d.source_id AS about FROM documents d WHERE d.source_id IN :ids ORDER BY d.id"
).bindparams(bindparam("ids", expanding=True))
_NUMBERED: Final = text("""
    SELECT id FROM documents WHERE lower(number) = lower(:number) AND kind IN :kinds ORDER BY id DESC
""").bindparams(bindparam("kinds", expanding=True))


@dataclass(frozen=True, slots=True)
class Offer:
    """A document that can be printed as this paper; ``is_own`` is False for one that it serves, or that serves it."""

    document_id: int
    number: str
    name: OfferName
    is_own: bool = True


def of_documents(db: Connection, document_ids: Sequence[int]) -> Mapping[int, tuple[Offer, ...]]:
    """Return what each of these documents can be printed as, and the orders and deliveries beside it."""
    found: dict[int, tuple[Offer, ...]] = {}
    if not document_ids:
        return found
    for statement in (_OWN, _SERVED, _SERVING):
        for row in db.execute(statement, {"ids": list(document_ids)}):
            is_own = statement is _OWN
            if is_own or row.kind in _RELATED:
                made = tuple(
                    Offer(row.id, row.number, name, is_own)
                    for name in OF_KIND.get(row.kind, ())
                    if _has(row.kind, name, is_open=row.state == "open" and bool(row.is_open), has_moved=row.has_moved)
                )
                found[row.about] = (*found.get(row.about, ()), *made)
    return found


def _has(kind: str, name: OfferName, *, is_open: bool, has_moved: bool) -> bool:
    """Tell whether there is anything to print."""
    match name:
        case "pick_list":
            return is_open
        case "delivery_note":
            return has_moved or kind == "delivery"
        case "labels":
            return has_moved or kind == "putaway"
        case _:
            return True


def numbered(db: Connection, number: str) -> Sequence[int]:
    """Return the documents of this number, in any letter case, that can be printed, the newest first."""
    return list(db.execute(_NUMBERED, {"number": number.strip(), "kinds": list(OF_KIND)}).scalars())


def paper(db: Connection, document: Document, name: PaperName, *, today: date) -> Paper:
    """Return what a document's paper says. Raises NothingToPrint for one without lines."""
    if name not in OF_KIND.get(document.kind, ()):
        raise NothingToPrint(document=document.number)
    match name:
        case "purchase_order":
            made = orders.purchase_order(db, document)
        case "request_for_quotation":
            made = orders.request_for_quotation(db, document)
        case "delivery_note":
            made = deliveries.delivery_note(db, document)
        case "pick_list":
            made = deliveries.pick_list(db, document, today=today)
    if not made.rows:
        raise NothingToPrint(document=document.number)
    return made


def printed(
    db: Connection,
    document_id: int,
    name: OfferName,
    *,
    language: PaperLanguage,
    today: date,
    format_: Format = "pdf",
    size: LabelSize = "100x50",
    bot: str = "",
) -> Printed:
    """Return a document's paper as a file; ``bot`` is as for ``labelled``. Raises NothingToPrint."""
    document = documents.load(db, document_id)
    if name == "labels":
        if format_ != "pdf" or name not in OF_KIND.get(document.kind, ()):
            raise NothingToPrint(document=document.number)
        return labelled(stickers.of_document(db, document), document.number, language=language, size=size, bot=bot)
    made = paper(db, document, name, today=today)
    title = f"{say(language, f'paper.{name}')} {document.number}"
    file = f"{name}-{document.number}"
    if format_ == "csv":
        return Printed(_file_name(file, "csv"), table.as_csv(made, language), "text/csv; charset=utf-8", title)
    from charts.papers import sheet  # the PDF library takes half a second to import, once

    return Printed(_file_name(file, "pdf"), sheet.draw(made, language), "application/pdf", title)


def labelled(
    found: Sequence[Label], number: str, *, language: PaperLanguage, size: LabelSize, bot: str = ""
) -> Printed:
    """Return labels as a file; ``number`` is that of the document or lot. Raises NothingToPrint.

    ``bot`` is the name of the Telegram bot that a phone's camera is to open.
    """
    if not found:
        raise NothingToPrint(document=number)
    from charts.papers import labels  # as above

    title = f"{say(language, 'paper.labels')} {number}"
    found = [replace(each, payload=link(each.payload, bot)) for each in found]
    content = labels.draw(found, size, language, title=title, dated=stickers.dated(found))
    return Printed(_file_name(f"labels-{number}", "pdf"), content, "application/pdf", title)


def bin_labelled(
    found: Sequence[BinLabel], code: str, *, language: PaperLanguage, size: LabelSize, bot: str = ""
) -> Printed:
    """Return the labels of bins as a file; ``code`` is that of the bin or area. Raises NothingToPrint.

    ``bot`` is as for ``labelled``.
    """
    if not found:
        raise NothingToPrint(document=code)
    from charts.papers import labels  # as above

    title = f"{say(language, 'paper.bin_labels')} {code}"
    found = [replace(each, payload=link(each.payload, bot)) for each in found]
    content = labels.draw_bins(found, size, language, title=title, dated=stickers.NO_DAY)
    return Printed(_file_name(f"bins-{code}", "pdf"), content, "application/pdf", title)


def _file_name(words: str, ending: str) -> str:
    """Return a file name that every system takes: letters, figures and hyphens."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower()
    return f"{slug}.{ending}"
