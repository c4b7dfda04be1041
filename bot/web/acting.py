"""What a person does on a page: a tap, a sent form, a typed message; and what the page shows for it."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot import aside_words, conversation, pictured
from bot.channel import Reply
from bot.web import render
from bot.web.session import Stop, Visitor
from bot.web.shelf import Shown
from inventory_core import labels
from inventory_core.db.engine import reading
from workflows import act, codes, inbox, tokens
from workflows.cards import Done, Form, Refused
from workflows.definition import Flow
from workflows.desk import Desk
from workflows.intents import Intent, Photo
from workflows.phrases import say

_ACT: Final = re.compile(r"[A-Za-z0-9_-]{8,48}")
_PLACE: Final = re.compile(r"[a-z]{1,12}")


@dataclass(frozen=True, slots=True)
class Fragment:
    """Pieces of HTML that find their own place on the page, and what becomes of the sheet."""

    html: str
    status: int = 200
    sheet: Literal["", "openSheet", "closeSheet"] = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a tap or a form. ``act`` names the act, ``place`` the part of the page that shows its card."""

    token: str
    act: str
    place: str
    answers: Mapping[str, str]
    photos: Mapping[str, tuple[Photo, ...]]

    def __post_init__(self) -> None:
        if not (self.token and _ACT.fullmatch(self.act) and _PLACE.fullmatch(self.place)):
            raise Stop(422, "web.problem")

    def intent(self, who: Visitor, answers: Mapping[str, str] | None) -> Intent:
        dedupe = f"web:{who.employee.code}:{self.act}:{self.token}"
        return Intent(who.sender, who.address, self.token, dedupe, answers, self.photos)


def tap(desk: Desk, who: Visitor, sent: Sent) -> Fragment:
    """Act on a tapped button, tell the story that it asks for, or open the form behind it."""
    key = sent.intent(who, None).dedupe
    told = conversation.followed(desk, who.sender, who.address, sent.token, dedupe=key, language=who.language)
    if told is not None:
        return _replied(desk, who, told, asked=told.cards[0].title if told.cards else "")
    result = act.tap(desk, sent.intent(who, None), language=who.language)
    if isinstance(result, Form):
        return Fragment(_in_sheet(_sheet(desk, who, result, place=sent.place)), sheet="openSheet")
    return _outcome(who, result, sent.place)


def send(desk: Desk, who: Visitor, sent: Sent) -> Fragment:
    """Act on a sent form; while it can still be put right, it stays open with all that was filled in."""
    result = act.act(desk, sent.intent(who, sent.answers), language=who.language)
    if isinstance(result, Refused) and _can_be_put_right(result, sent.token):
        asked = inbox.asked(desk, sent.token, who.reader)
        if asked is not None:
            html = render.sheet(
                who, asked.form, place=sent.place, act=sent.act, words=result.words, values=sent.answers,
                errors=result.errors, needed=needed(desk, who, sent.token, sent.answers),
            )  # fmt: skip
            return Fragment(_in_sheet(html), 422, "openSheet")
    return _outcome(who, result, sent.place)


def needed(desk: Desk, who: Visitor, token: str, answers: Mapping[str, str]) -> list[str]:
    """Return which conditional questions of a form the answers so far call for."""
    asked = inbox.asked(desk, token, who.reader)
    if asked is None:
        return []
    visible = inbox.parse(desk, asked, {**answers}, who.reader).visible
    return [each.name for each in asked.form.fields if each.is_conditional and each.name in visible]


def ask(desk: Desk, who: Visitor, words: str, *, act_name: str) -> Fragment:
    """Answer what was typed."""
    if not _ACT.fullmatch(act_name):
        raise Stop(422, "web.problem")
    dedupe = f"web:{who.employee.code}:{act_name}"

    reply = conversation.answer(desk, who.sender, who.address, words, dedupe=dedupe, language=who.language)
    return _replied(desk, who, reply, asked=words)


def scanned(desk: Desk, who: Visitor, code: str, *, act_name: str) -> Fragment:
    """Answer a code that the camera read."""
    if not _ACT.fullmatch(act_name):
        raise Stop(422, "web.problem")
    dedupe = f"web:{who.employee.code}:{act_name}"
    reply = pictured.scanned(desk, who.sender, who.address, code, dedupe=dedupe, language=who.language)
    return _replied(desk, who, reply, asked=labels.word_of(code))


def read_code(desk: Desk, who: Visitor, token: str, name: str, code: str) -> Mapping[str, str]:
    """Return as ``value`` what a field takes for a code that the camera read, or in ``words`` why it takes nothing."""
    asked = inbox.asked(desk, token, who.reader)
    if asked is None:
        return {"words": say(who.language, "refusal.expired_card")}
    meant = codes.answer(desk, asked, name, code, who.reader)
    return {"value": meant.value, "words": meant.words}


def _replied(desk: Desk, who: Visitor, reply: Reply, *, asked: str) -> Fragment:
    picture = ""
    if reply.picture:
        picture = f"data:image/png;base64,{base64.b64encode(reply.picture.png).decode()}"
    sheet = _sheet(desk, who, reply.form, place="card") if reply.form else ""
    cards = tuple(Shown(each) for each in reply.cards)
    alt = reply.picture.alt if reply.picture else ""
    html = render.answer(
        who, asked=asked, words=reply.words, cards=cards, picture=picture, alt=alt, link=reply.link, sheet=sheet
    )
    return Fragment(html, sheet="openSheet" if sheet else "")


def aside(desk: Desk, who: Visitor, what: str, words: str, *, about: str, act_name: str) -> Fragment:
    """Take what is said about a card without answering it."""
    if not _ACT.fullmatch(act_name):
        raise Stop(422, "web.problem")
    dedupe = f"web:{who.employee.code}:{act_name}"
    said = aside_words.Said(desk, who.employee, who.reader, about, words, dedupe)
    reply = aside_words.answered_question(said) if what == "answer" else aside_words.answer(said, what)
    if reply is None:
        raise Stop(422, "web.problem")
    return _replied(desk, who, reply, asked=words)


def startable(desk: Desk, who: Visitor) -> list[Flow]:
    """Return the flows that a person may start."""
    with reading(desk.engine) as db:
        return aside_words.startable(db, who.employee)


def start(desk: Desk, who: Visitor, flow: str, *, act_name: str) -> Fragment:
    """Start a flow, and open its first form."""
    if not _ACT.fullmatch(act_name):
        raise Stop(422, "web.problem")
    found = next((each for each in startable(desk, who) if each.flow == flow), None)
    if found is None:
        raise Stop(403, "web.not_yours")
    said = aside_words.Said(desk, who.employee, who.reader, "", "", f"web:{who.employee.code}:{act_name}")
    return _replied(desk, who, aside_words.start(said, found), asked=found.title.fill(who.language, {}))


def token_of(desk: Desk, shown: Sequence[Shown], outcome: str) -> str:
    """Return the token of the button that brings an outcome, among those on the cards; empty where there is none."""
    with reading(desk.engine) as db:
        for button in (button for each in shown for button in each.card.buttons):
            held = tokens.held(db, button.token)
            if held is not None and held.outcome == outcome:
                return button.token
    return ""


def _sheet(desk: Desk, who: Visitor, form: Form, *, place: str) -> str:
    defaults = {each.name: each.default for each in form.fields if each.default}
    return render.sheet(who, form, place=place, needed=needed(desk, who, form.token, defaults))


def _in_sheet(html: str) -> str:
    return f'<div id="sheet-body" hx-swap-oob="innerHTML">{html}</div>'


def _can_be_put_right(refused: Refused, token: str) -> bool:
    """Tell whether the form is still the right one: its button stands on the card as it is now."""
    return bool(refused.errors) or any(each.token == token for each in (refused.card.buttons if refused.card else ()))


def _outcome(who: Visitor, result: Done | Refused, place: str) -> Fragment:
    is_done = isinstance(result, Done)
    card = Shown(result.card) if result.card else None
    html = render.outcome(who, result.words, is_done=is_done, card=card, place=place)
    return Fragment(html, 200 if is_done else 409, "closeSheet")
