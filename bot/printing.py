"""Words to a printed paper: "print PO-4012", with csv, a language or a label's size after it; and who may have it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, text

from bot.channel import Reply
from charts.papers import offers, stickers
from charts.papers.offers import Format, Offer, OfferName
from charts.papers.paper import LabelSize, PaperLanguage
from inventory_core import documents
from inventory_core.db.engine import reading
from inventory_core.errors import NothingToPrint, RuleBroken
from workflows import lookup, papers
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.people import Employee
from workflows.phrases import say, say_error

_LANGUAGES: Final[Mapping[str, PaperLanguage]] = {
    "en": "en", "english": "en", "英文": "en", "zh": "zh", "chinese": "zh", "中文": "zh",
    "both": "both", "bilingual": "both", "双语": "both", "中英": "both", "中英文": "both",
}  # fmt: skip
_FORMATS: Final[Mapping[str, Format]] = {"csv": "csv", "表格": "csv", "pdf": "pdf"}
_SIZES: Final[Mapping[str, LabelSize]] = {"62x29": "62x29", "100x50": "100x50"}
_NAMES: Final[Mapping[str, OfferName]] = {
    "order": "purchase_order", "采购订单": "purchase_order", "rfq": "request_for_quotation",
    "询价单": "request_for_quotation", "note": "delivery_note", "送货单": "delivery_note", "pick": "pick_list",
    "拣货单": "pick_list", "label": "labels", "labels": "labels", "标签": "labels",
}  # fmt: skip
_KIND_BEFORE: Final = re.compile(r"(?:po|so|rfq|采购单|采购订单|销售单|申请)\s+", re.IGNORECASE)
_LOT: Final = text("""
    SELECT id, number FROM lots WHERE id > 0 AND (number = :number OR number = upper(:number)) ORDER BY id DESC LIMIT 1
""")
_BIN_BEFORE: Final = re.compile(r"(?:bins?|zone|库位|货位|库区)\s+", re.IGNORECASE)
_BEHIND: Final = {
    "task": text("SELECT i.document_id FROM tasks t JOIN flow_instances i ON i.id = t.instance_id WHERE t.id = :id"),
    "case": text("SELECT document_id FROM flow_instances WHERE id = :id"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants printed, and how; ``number`` is empty for the paper of the card that they reply to."""

    number: str
    language: PaperLanguage
    name: OfferName | None = None
    format_: Format = "pdf"
    size: LabelSize = "100x50"


def wished(words: str, language: PaperLanguage) -> Wish:
    """Read what stands after the command; words that say how are taken out wherever they stand."""
    kept, wish = list[str](), Wish("", language)
    for word in words.split():
        low = word.lower().replace("×", "x").replace("*", "x")
        if low in _LANGUAGES:
            wish = replace(wish, language=_LANGUAGES[low])
        elif low in _FORMATS:
            wish = replace(wish, format_=_FORMATS[low])
        elif low in _SIZES:
            wish = replace(wish, size=_SIZES[low])
        elif low in _NAMES:
            wish = replace(wish, name=_NAMES[low])
        else:
            kept.append(word)
    return replace(wish, number=" ".join(kept))


def answer(desk: Desk, employee: Employee, reader: Reader, about: str, words: str) -> Reply:
    """Return the paper that is asked for as a file, or the sentence that says why there is none."""
    wish = wished(words, reader.language)
    with reading(desk.engine) as db:
        ids = _meant(db, about, wish)
        if not ids and (bin_code := lookup.bin_behind(db, about)) and not wish.number:
            return _of_bins(db, desk, reader, replace(wish, number=bin_code))
        if not ids:
            return _of_lot(db, desk, reader, wish)
        seen = [each for each in ids if papers.may_see(db, employee, each, now=desk.clock())]
        if not seen:
            return Reply(say(reader.language, "print.not_yours"))
        try:
            return _printed(db, desk, employee, wish, seen)
        except RuleBroken as error:
            return Reply(say_error(reader.language, error))


def _meant(db: Connection, about: str, wish: Wish) -> list[int]:
    if wish.number:
        bare = _KIND_BEFORE.sub("", wish.number, count=1)
        return list(offers.numbered(db, wish.number) or offers.numbered(db, bare))
    kind, _, rest = about.partition(":")
    number = rest.partition(".")[0]
    behind = _BEHIND.get("task" if kind == "late" else kind)
    found = db.execute(behind, {"id": int(number)}).scalar() if behind is not None and number.isdigit() else None
    return [int(found)] if found is not None else []


def _printed(db: Connection, desk: Desk, employee: Employee, wish: Wish, ids: list[int]) -> Reply:
    """Print the first paper of these documents, or beside them, that fits the wish. Raises NothingToPrint."""
    every = offered(db, desk, employee, ids)
    fitting = [each for about in ids for each in every.get(about, ()) if wish.name in (None, each.name)]
    own = [each for each in fitting if each.is_own] or fitting
    if not own:
        raise NothingToPrint(document=documents.load(db, ids[0]).number)
    offer = own[0]
    made = offers.printed(
        db, offer.document_id, offer.name, language=wish.language, today=desk.today(), format_=wish.format_,
        size=wish.size, bot=desk.bot_name,
    )  # fmt: skip
    how = f"paper={offer.name}&language={wish.language}" + (f"&size={wish.size}" if offer.name == "labels" else "")
    return Reply(made.title, paper=made, link=f"/paper/{offer.document_id}/{wish.format_}?{how}")


def offered(db: Connection, desk: Desk, employee: Employee, ids: Sequence[int]) -> Mapping[int, tuple[Offer, ...]]:
    """Return what there is to print of each document and beside it, as far as this person may have it."""
    found = offers.of_documents(db, ids)
    several = {each.document_id for every in found.values() for each in every}
    mine = {each for each in several if papers.may_see(db, employee, each, now=desk.clock())}
    return {about: tuple(each for each in every if each.document_id in mine) for about, every in found.items()}


def _of_lot(db: Connection, desk: Desk, reader: Reader, wish: Wish) -> Reply:
    """Print the labels of a lot: anybody may, as anybody may trace it."""
    if not wish.number:
        return Reply(say(reader.language, "help.usage_print"))
    lot = db.execute(_LOT, {"number": wish.number}).first()
    if lot is None:
        return _of_bins(db, desk, reader, wish)
    try:
        found = stickers.of_lot(db, lot.id)
        made = offers.labelled(found, lot.number, language=wish.language, size=wish.size, bot=desk.bot_name)
    except NothingToPrint as error:
        return Reply(say_error(reader.language, error))
    return Reply(made.title, paper=made, link=f"/label/{lot.id}/pdf?language={wish.language}&size={wish.size}")


def _of_bins(db: Connection, desk: Desk, reader: Reader, wish: Wish) -> Reply:
    """Print the label of a bin, or of all bins in an area: anybody may, as anybody may see what lies there."""
    code = _BIN_BEFORE.sub("", wish.number, count=1)
    found = stickers.of_bins(db, code)
    if not found:
        return Reply(say(reader.language, "print.unknown", number=wish.number[:40]))
    shown = found[0].code if len(found) == 1 else code.upper()
    made = offers.bin_labelled(found, shown, language=wish.language, size=wish.size, bot=desk.bot_name)
    how = f"place={quote(shown)}&language={wish.language}&size={wish.size}"
    return Reply(made.title, paper=made, link=f"/bins/pdf?{how}")
