"""Questions that change nothing, typed or behind a button: an item's stock, a bin, a story, a report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text

from bot import drawing
from bot.channel import Reply
from inventory_core import items, similar
from inventory_core.db.engine import reading
from inventory_core.items import Item
from inventory_core.tracing import names
from inventory_core.tracing.names import Found
from workflows import arrivals, attachments, lookup, low_stock, papers, quality, stories
from workflows.cards import Button, Card
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.people import Employee
from workflows.phrases import catalogue, say
from workflows.stories import paper, told

STOCK: Final = lookup.STOCK
BIN: Final = lookup.BIN
REPORT: Final = "report:"
_WORDS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where the answer is read.

    ``in_full``: the answer is leafed through, so nothing is cut; ``is_drawn``: with its picture, if it has one.
    """

    desk: Desk
    employee: Employee
    reader: Reader
    in_full: bool = False
    is_drawn: bool = True

    def say(self, key: str, **blanks: str | int) -> Reply:
        return Reply(say(self.reader.language, key, **blanks))


def stock(asker: Asker, words: str) -> Reply:
    """Tell how much of an item there is, and where; of several that the words can mean, ask which."""
    if not words:
        return asker.say("help.usage_stock")
    with reading(asker.desk.engine) as db:
        found = items.find(db, words)
        if len(found) == 1:
            return _stock_of(db, asker, found[0])
        alike = () if found else similar.find(db, words)
    if found:
        return Reply(cards=(lookup.choices_card(found, asker.reader.language),))
    return _alike(asker, words, alike) if alike else asker.say("error.unknown_item", code=words)


def where(asker: Asker, words: str) -> Reply:
    """Tell what lies in a bin, or where an item lies."""
    with reading(asker.desk.engine) as db:
        bin_ = lookup.bin_of(db, words)
        if bin_ is not None:
            return _bin_of(db, asker, bin_)
    return stock(asker, words) if words else asker.say("help.usage_where")


def trace(asker: Asker, words: str) -> Reply:
    """Tell the story of what the words mean; where they can mean several things, ask which."""
    if not words:
        return asker.say("help.usage_trace")
    with reading(asker.desk.engine) as db:
        found = stories.find(db, words)
        if len(found) == 1:
            return _story_of(db, asker, found[0])
        alike = () if found else similar.find(db, words)
    if found:
        return Reply(cards=(stories.choices_card(found, words[:_WORDS_MAX], asker.reader.language),))
    return _alike(asker, words, alike) if alike else asker.say("trace.unknown", words=words[:_WORDS_MAX])


def report(asker: Asker, words: str) -> Reply:
    """Show a report by its name in either language, narrowed by the words after it; without a name, which there are."""
    name, _, rest = words.strip().partition(" ")
    key = _report_named(name.lower())
    if key is None:
        language = asker.reader.language
        offered = tuple(Button(say(language, f"report.{each}"), REPORT + each) for each in _REPORTS)
        title = say(language, "report.which")
        return Reply(cards=(Card("reports", title, title, language, buttons=offered),))
    with reading(asker.desk.engine) as db:
        return Reply(cards=(_REPORTS[key](db, asker, rest.strip()),), look=REPORT + key if not rest.strip() else "")


def _report_named(name: str) -> str | None:
    for language in ("en", "zh"):
        words = catalogue(language)
        for key in _REPORTS:
            if name in words[f"report.words_{key}"].split("|"):
                return key
    return None


def _low(db: Connection, asker: Asker, _words: str) -> Card:
    return low_stock.card(db, asker.desk, asker.reader.language)


def _expected(db: Connection, asker: Asker, _words: str) -> Card:
    return arrivals.card(db, asker.desk, asker.reader.language)


def _quality(db: Connection, asker: Asker, words: str) -> Card:
    """Tell what was rejected and returned, and why; what it is worth is told to those who see all papers."""
    with_value = bool(asker.employee.roles & papers.SEE_ALL)
    return quality.card(db, asker.desk, asker.reader.language, words=words, with_value=with_value)


_REPORTS: Final[Mapping[str, Callable[[Connection, Asker, str], Card]]] = {
    "low": _low,
    "expected": _expected,
    "quality": _quality,
}


def is_look(token: str) -> bool:
    """Tell whether a button's token asks for an answer of this module, and so does nothing else."""
    return token.startswith((STOCK, BIN, REPORT, stories.TOKEN, attachments.TOKEN))


def at(asker: Asker, token: str) -> Reply:
    """Return the answer that a button asks for."""
    kind, _, key = token.partition(":")
    with reading(asker.desk.engine) as db:
        match kind:
            case "stock" if (item := item_of(db, key)) is not None:
                return _stock_of(db, asker, item)
            case "bin" if (bin_ := lookup.bin_by_id(db, _number(key))) is not None:
                return _bin_of(db, asker, bin_)
            case "report" if key in _REPORTS:
                return Reply(cards=(_REPORTS[key](db, asker, ""),), look=token)
            case "photos":
                return _photos_of(db, asker, _number(key))
            case "trace" if (found := names.by_key(db, key)) is not None:
                return _story_of(db, asker, found)
    return asker.say("trace.unknown", words="")


def _number(key: str) -> int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 16 else 0


def item_of(db: Connection, key: str) -> Item | None:
    """Return the item of an id as a button carries it, or None."""
    known = db.execute(text("SELECT id FROM items WHERE id = :id"), {"id": _number(key)}).scalar()
    return items.by_id(db, known) if known is not None else None


def _stock_of(db: Connection, asker: Asker, item: Item) -> Reply:
    language = asker.reader.language
    card = lookup.stock_card(db, asker.desk, item, language)
    picture = drawing.stock_picture(db, asker.desk, item, language) if asker.is_drawn else None
    return Reply(cards=(card,), picture=picture, look=f"{STOCK}{item.id}")


def _bin_of(db: Connection, asker: Asker, bin_: lookup.Bin) -> Reply:
    return Reply(cards=(lookup.bin_card(db, bin_, asker.reader.language),), look=f"{BIN}{bin_.id}")


def _story_of(db: Connection, asker: Asker, found: Found) -> Reply:
    language = asker.reader.language
    story = stories.tell(db, asker.desk, found, language, asker.employee)
    link = asker.desk.trace_link(story.key, asker.reader.code)
    picture = drawing.lineage_picture(db, asker.desk, found, language) if asker.is_drawn else None
    look = stories.TOKEN + story.key
    card = told.card(story, link=link, look=look, in_full=asker.in_full)
    return Reply(cards=(card,), picture=picture, look=look)


def _photos_of(db: Connection, asker: Asker, document_id: int) -> Reply:
    """Show the photos that came with a document to who may read its story; a paper among them stands on its page."""
    found = attachments.different(attachments.of_document(db, document_id))
    if not found or not paper.may_read(db, asker.employee, document_id, now=asker.desk.clock()):
        return asker.say("card.no_photos")
    kept = [(each, photo) for each in found if (photo := attachments.load(asker.desk, each)) is not None]
    told = ", ".join(dict.fromkeys(each.by for each, _ in kept))
    words = say(asker.reader.language, "card.photos_of", n=len(kept), name=told)
    picture = drawing.photo_sheet([photo.content for _, photo in kept], alt=words)
    link = asker.desk.trace_link(f"paper.{document_id}", asker.reader.code)
    own = "" if picture is not None and len(kept) <= drawing.SHEET_MOST else f"\n{link}"
    return Reply(f"{words}{own}", picture=picture)


def _alike(asker: Asker, words: str, found: Sequence[Item]) -> Reply:
    card = lookup.choices_card(found, asker.reader.language)
    return Reply(cards=(replace(card, title=say(asker.reader.language, "stock.alike", words=words[:_WORDS_MAX])),))
