"""The story of anything, for one reader: what words mean, and what there is to tell of it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection

from inventory_core.tracing import names
from inventory_core.tracing.names import KINDS, MOST, Found, Kind
from workflows.cards import Button, Card
from workflows.definition import Language
from workflows.desk import LANGUAGES, Desk
from workflows.people import Employee
from workflows.phrases import say, section
from workflows.stories import item, lot, paper, partner, wording
from workflows.stories.told import Story

TOKEN: Final = "trace:"  # noqa: S105 (no secret)
"""What the token of a button begins with that asks for a story; the key of what it is about follows."""

_PAPER_KINDS: Final = (
    "requisition", "request_for_quotation", "purchase_order", "order_change", "receipt", "supplier_return", "putaway",
    "move", "split", "merge", "work_order", "sales_order", "wave", "delivery", "rma", "count", "stocktake",
)  # fmt: skip


class _Meaning(NamedTuple):
    kinds: Sequence[Kind]
    of_what: str = ""


def tell(db: Connection, desk: Desk, found: Found, language: Language, employee: Employee) -> Story:
    """Return the whole story of what was found, as far as this employee may read it."""
    match found.kind:
        case "lot":
            return lot.tell(db, desk, found.id, language)
        case "item":
            return item.tell(db, desk, found.id, language)
        case "paper":
            return paper.tell(db, desk, found.id, language, employee)
        case "partner":
            return partner.tell(db, desk, found.id, language)


def find(db: Connection, words: str) -> tuple[Found, ...]:
    """Return what words mean, best with a word before the name where that alone means several: "lot 4012"."""
    meaning, rest = _narrowed(words.strip())
    if rest:
        found = names.find(db, rest, kinds=meaning.kinds, of_what=meaning.of_what)
        name, _, code = rest.rpartition(" ")
        if not found and name and "lot" in meaning.kinds:
            found = names.find(db, name, kinds=["lot"], of_what=code)
        if found:
            return found
    return names.find(db, words)


def _narrowed(words: str) -> tuple[_Meaning, str]:
    """Return what the first words narrow the search to, and the rest; nothing where they narrow nothing."""
    lower = words.lower()
    for prefix, meaning in _prefixes().items():
        rest = words[len(prefix) :]
        if lower.startswith(prefix) and rest.strip() and (rest[0] == " " or not prefix.isascii()):
            return meaning, rest.strip()
    return _Meaning(KINDS), ""


@lru_cache
def _prefixes() -> Mapping[str, _Meaning]:
    """Return the words that may stand before a name, in all languages, the longest first."""
    found: dict[str, _Meaning] = {}
    for language in LANGUAGES:
        for key, words in section(language, "trace_word").items():
            kind = next(each for each in KINDS if each == key)
            found |= dict.fromkeys(words.split("|"), _Meaning([kind]))
        for kind_of_paper in _PAPER_KINDS:
            meaning = _Meaning(["paper"], kind_of_paper)
            found[wording.kind_label(language, kind_of_paper).lower()] = meaning
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def label(found: Found, language: Language) -> str:
    """Return what something is and is called, such as "Purchase order 4012 · Litware"."""
    first = f"{_word(found, language)} {found.name}"
    extra = found.of_what if found.kind == "lot" else found.detail
    return f"{first} · {extra}" if extra and extra != found.name else first


def written(found: Found, language: Language) -> str:
    """Return what to write for it where its name alone means several."""
    code = f" {found.of_what}" if found.kind == "lot" else ""
    return f"{_word(found, language).lower()} {found.name}{code}"


def _word(found: Found, language: Language) -> str:
    match found.kind:
        case "paper":
            return wording.kind_label(language, found.of_what)
        case "partner":
            return say(language, f"partner.{found.of_what}")
        case _:
            return say(language, f"trace.{found.kind}")


def choices_card(found: Sequence[Found], words: str, language: Language) -> Card:
    """Return what words could mean, each behind a button."""
    return Card(
        subject="trace:several",
        title=say(language, "trace.several", words=words),
        summary=say(language, "trace.or_write", words=written(found[0], language)),
        language=language,
        buttons=tuple(Button(label(each, language), TOKEN + each.key) for each in found[:MOST]),
        story=(say(language, "trace.too_many"),) if len(found) > MOST else (),
    )
