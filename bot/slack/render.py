"""A card as Slack messages: within every limit whatever it holds, no row lost or doubled. No side effects.

Limits: 50 blocks a message, 3,000 signs a section, 150 a header, 10 fields of 2,000 a section, 75 a button's text, 25
buttons a row, and about 13,200 signs of block text a message.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    SectionBlock,
)

from bot.plain import language_of
from bot.slack.words import bold, cut, escaped, mrkdwn, plain
from workflows.cards import Button, Card, Fact, Row, Tone
from workflows.phrases import say

MESSAGES_MAX: Final = 6
"""The most messages of one card: their ids have to fit where a message's id is kept."""

_SIGN: Final[dict[Tone, str]] = {"good": "✓ ", "bad": "✗ ", "plain": ""}
_STYLE: Final[dict[Tone, str | None]] = {"good": "primary", "bad": "danger", "plain": None}
_BLOCKS_MAX: Final = 48
_TEXT_MAX: Final = 12_000
_SECTION_MAX: Final = 2_900
_HEADER_MAX: Final = 150
_PIECE_MAX: Final = 600
_STORY_MAX: Final = 1_900
_FIELDS_MAX: Final = 10
_BUTTON_MAX: Final = 75
_BUTTONS_MAX: Final = 25
_BRIEF_ROWS: Final = 4
_ROWS_APART: Final = 20
"""Up to here each row stands by itself; more of them are packed, as many to a section as fit."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``text`` is what a notification and a screen reader say."""

    text: str
    blocks: tuple[Block, ...]


def card(shown: Card, *, most: int = MESSAGES_MAX) -> tuple[Message, ...]:
    """Return a card as ``most`` messages or fewer, its buttons under the last; rows that don't fit are counted."""
    kept = min(shown.brief or len(shown.rows), len(shown.rows))
    while len(messages := _messages(shown, kept)) > most and kept:
        kept -= max(1, kept // 20)
    return messages if len(messages) <= most else (*messages[: most - 1], messages[-1])


def words(said: str) -> Message:
    """Return plain words as a message."""
    lines = [escaped(each, most=_SECTION_MAX) for each in said.splitlines()]
    texts = _packed(filter(None, lines), apart="\n")[: _TEXT_MAX // _SECTION_MAX]
    return Message(texts[0] if texts else "…", tuple(SectionBlock(text=mrkdwn(each)) for each in texts))


def several(cards: Sequence[Card], *, before: str, most: int) -> tuple[Message, ...]:
    """Return words and then cards, one whole and several in brief, as ``most`` messages; the rest is counted."""
    opening = [words(before)] if before else []
    if len(cards) <= 1:
        return (*opening, *(message for each in cards for message in card(each, most=most - len(opening))))
    pages = [list(opening[0].blocks) if opening else []]
    for number, each in enumerate(cards):
        task = brief(each)
        if not _fits([*pages[-1], *task]):
            if len(pages) == most:
                more = say(language_of(each.language), "slack.more_tasks", n=len(cards) - number)
                pages[-1].append(ContextBlock(elements=[mrkdwn(escaped(more, most=_PIECE_MAX))]))
                break
            pages.append([])
        pages[-1] += task
    return tuple(Message(_notified(before), tuple(page)) for page in pages)


def brief(shown: Card) -> list[Block]:
    """Return a card in a list of others: what it is about, its first rows, and its buttons."""
    said = [bold(shown.title, most=_PIECE_MAX), escaped(shown.summary, most=_PIECE_MAX)]
    blocks: list[Block] = [DividerBlock(), SectionBlock(text=mrkdwn("\n".join(filter(None, said))))]
    kept = _packed(map(row, shown.rows[:_BRIEF_ROWS]), apart="\n")[:1]
    if kept and (more := len(shown.rows) - _BRIEF_ROWS) > 0:
        kept.append(f"… {escaped(say(language_of(shown.language), 'card.more_lines', n=more), most=90)}")
    if kept:
        blocks.append(SectionBlock(text=mrkdwn("\n".join(kept))))
    return [*blocks, *buttons(shown.buttons)]


def buttons(offered: Sequence[Button]) -> list[Block]:
    """Return outcomes as rows of buttons; each carries its token."""
    elements = [
        ButtonElement(
            text=plain(f"{cut(each.label, most=_BUTTON_MAX - 1)}{'…' if each.opens_form else ''}", most=_BUTTON_MAX),
            action_id=f"outcome.{number}",
            value=each.token,
            style=_STYLE[each.tone],
        )
        for number, each in enumerate(offered)
    ]
    rows = range(0, len(elements), _BUTTONS_MAX)
    return [ActionsBlock(elements=elements[start : start + _BUTTONS_MAX]) for start in rows]


def row(shown: Row) -> str:
    """Return what it is on one line and its figures on the next."""
    first = " · ".join(filter(None, (bold(shown.title, most=_PIECE_MAX), escaped(shown.detail, most=_PIECE_MAX))))
    figures = _packed(map(_figure, shown.figures), apart=" · ", most=_SECTION_MAX - 2 * _PIECE_MAX - 4)[:1]
    return "\n".join(filter(None, (first, *figures)))


def _figure(shown: Fact) -> str:
    label = escaped(shown.label, most=_PIECE_MAX // 8)
    return " ".join(filter(None, (label, bold(shown.value, most=_PIECE_MAX // 8))))


def _notified(said: str) -> str:
    """Return what a notification says: never nothing, which Slack refuses."""
    return escaped(said, most=_SECTION_MAX) or "…"


def _messages(shown: Card, kept: int) -> tuple[Message, ...]:
    text = _notified(" – ".join(filter(None, (shown.title, shown.summary))))
    pages: list[list[Block]] = [[]]
    for each in _body(shown, kept):
        if not _fits([*pages[-1], each]):
            pages.append([_continued(shown)])
        pages[-1].append(each)
    foot = _foot(shown)
    if not _fits([*pages[-1], *foot]):
        pages.append([_continued(shown)])
    pages[-1] += foot
    return tuple(Message(text, tuple(page)) for page in pages)


def _body(shown: Card, kept: int) -> Iterator[Block]:
    sign = "" if shown.status else _SIGN[shown.tone]
    yield HeaderBlock(text=plain(sign + shown.title, most=_HEADER_MAX))
    if shown.summary not in ("", shown.title, shown.status, shown.question):
        yield SectionBlock(text=mrkdwn(escaped(shown.summary, most=_PIECE_MAX)))
    facts = [
        mrkdwn(f"{escaped(each.label, most=_PIECE_MAX)}\n{bold(each.value, most=_PIECE_MAX)}") for each in shown.facts
    ]
    for start in range(0, len(facts), _FIELDS_MAX):
        yield SectionBlock(fields=facts[start : start + _FIELDS_MAX])
    rows = [row(each) for each in shown.rows[:kept]]
    for text in rows if len(rows) <= _ROWS_APART else _packed(rows, apart="\n"):
        yield SectionBlock(text=mrkdwn(text))
    if kept < len(shown.rows):
        more = say(language_of(shown.language), "card.more_lines", n=len(shown.rows) - kept)
        yield SectionBlock(text=mrkdwn(f"… {escaped(more, most=_PIECE_MAX)}"))
    for text in _packed((escaped(each, most=_PIECE_MAX) for each in shown.story), apart="\n", most=_STORY_MAX):
        yield ContextBlock(elements=[mrkdwn(text)])


def _foot(shown: Card) -> list[Block]:
    foot: list[Block] = []
    if shown.status:
        foot.append(SectionBlock(text=mrkdwn(_SIGN[shown.tone] + bold(shown.status, most=_PIECE_MAX))))
    if shown.question:
        foot.append(SectionBlock(text=mrkdwn(bold(shown.question, most=_PIECE_MAX))))
    foot += buttons(shown.buttons)
    if shown.link:
        label = escaped(say(language_of(shown.language), "card.open_page"), most=_PIECE_MAX)
        foot.append(ContextBlock(elements=[mrkdwn(f"<{escaped(shown.link, most=_PIECE_MAX)}|{label}>")]))
    return foot


def _continued(shown: Card) -> Block:
    return ContextBlock(elements=[mrkdwn(f"… {escaped(shown.title, most=_PIECE_MAX)}")])


def _packed(texts: Iterable[str], *, apart: str, most: int = _SECTION_MAX) -> list[str]:
    """Return the texts joined, as many together as fit; none is parted."""
    packs: list[str] = []
    for each in texts:
        if packs and len(packs[-1]) + len(apart) + len(each) <= most:
            packs[-1] += apart + each
        else:
            packs.append(each)
    return packs


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= _BLOCKS_MAX and sum(map(_length, blocks)) <= _TEXT_MAX


def _length(block: Block) -> int:
    """Return how many signs of text a block holds."""
    match block:
        case HeaderBlock() | SectionBlock():
            texts = [block.text, *(block.fields or ())] if isinstance(block, SectionBlock) else [block.text]
            return sum(len(each.text or "") for each in texts if each is not None)
        case ContextBlock():
            return sum(len(getattr(each, "text", "") or "") for each in block.elements)
        case ActionsBlock():
            return _BUTTON_MAX * len(block.elements)
    return 0
