"""What a tap, a message or a photo brings about, and what is said to it. Writes the database, sends nothing.

Everything here blocks and is called in a worker thread. The same tap or message given twice has one effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot import conversation, pictured, plain, shown_codes
from bot.channel import Reply, Subjects
from bot.pictured import Sent
from bot.telegram import inline, standing, tokens, turning
from bot.telegram.address import is_private
from bot.telegram.keys import Key, opening
from bot.telegram.turning import Tap, Turned
from charts.papers.paper import Printed
from charts.picture import Picture
from inventory_core import labels
from inventory_core.db.engine import reading
from workflows import act, dialogue
from workflows.cards import Card, Done, Form, Refused
from workflows.definition import FieldKind, Language
from workflows.desk import Desk
from workflows.dialogue import Closed, Next, Ready
from workflows.dialogues import Over
from workflows.intents import Address, Intent, Photo, Sender
from workflows.phrases import say
from workflows.questions import Check, Question

_CODES_MAX = 12
_LINK_WORDS = frozenset({"link", "绑定"})


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words. ``is_end``: the questions are over, so the keys under the input line go away.

    ``is_count``: they say how many photos of an album were taken so far. ``opens`` is the button under them.
    """

    text: str
    is_end: bool = False
    is_count: bool = False
    opens: Key | None = None


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture that stands by itself. By ``key`` it is had as a file; empty where it is not."""

    picture: Picture
    key: str
    language: Language


Said = Words | Question | Check | Card | Pictured | Printed


@dataclass(frozen=True, slots=True)
class Heard:
    """A message. ``replies_to`` is the id of the message of ours that it answers, with the tokens on its buttons.

    ``is_named``: it calls the bot by its name.
    """

    sender: Sender
    chat: Address
    message_id: int
    words: str
    language: Language
    is_private: bool = True
    is_named: bool = False
    replies_to: tuple[int, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Tapped:
    """What the finger sees (``words``, an alert if ``is_refusal``), and what follows.

    ``draw`` gives the tapped card as it is when that is called; None where the card shows nothing else. ``leaf`` is the
    card of which ``page`` is to be shown at once, 0 for how it first came.
    """

    words: str = ""
    is_refusal: bool = False
    draw: Callable[[], Card | None] | None = None
    said: tuple[Said, ...] = ()
    leaf: Card | None = None
    page: int = 0


def seen(desk: Desk, tap: Tap, *, subjects: Subjects) -> Tapped:
    """Show more of a message: a page of its card in its place, or its picture as a file."""
    if tokens.turned(tap.data) is not None:
        turned = turning.turn(desk, subjects, tap)
        if isinstance(turned, Turned):
            return Tapped(leaf=turned.card, page=turned.page)
        return Tapped(turned.words, is_refusal=True)
    file = turning.file(desk, subjects, tap)
    return Tapped(said=(file,)) if isinstance(file, Printed) else Tapped(file.words, is_refusal=True)


def tapped(desk: Desk, tap: Tap) -> Tapped:
    """Carry out a tap, or ask the first question behind it."""
    dedupe = f"tg:{tap.chat.chat}:{tap.message_id}:{tap.data}"
    intent = Intent(tap.sender, tap.chat, tap.data, dedupe)
    language = None if standing.language_of(desk, tap.sender) else tap.language  # an employee has one of their own
    told = conversation.followed(desk, tap.sender, tap.chat, tap.data, dedupe=dedupe, language=language)
    if told is not None:
        return Tapped(said=_replied(desk, tap, told))
    result = act.settle(desk, intent, language=language)
    if isinstance(result, Form):
        return Tapped(said=_asked(desk, result, tap.sender, tap.chat))
    if isinstance(result, Refused):
        card = result.card
        return Tapped(result.words, is_refusal=True, draw=(lambda: card) if card else None)
    return Tapped(result.words, draw=result.draw)


def heard(desk: Desk, message: Heard) -> tuple[Said, ...]:
    """Take a message: as the answer to what is being asked, or else as a command or words about a card.

    What begins with a stroke is a command in the midst of questions too.
    """
    words = _without_start(message.words)
    if not words.startswith("/"):
        asked = standing.question(desk, message.sender, message.chat)
        if asked is not None:
            return _answered(desk, message, asked, words)
        if standing.was_answer(desk, message.sender, message.chat, message_id=message.message_id):
            return ()
        closed = dialogue.reply(desk, message.sender, message.chat, words)  # one that waited too long
        if closed is not None:
            return _followed(desk, closed)
    return _conversed(desk, message, words)


def photographed(desk: Desk, message: Heard, photo: Photo) -> tuple[Said, ...]:
    """Take a photo as the answer to what is being asked."""
    asked = standing.question(desk, message.sender, message.chat)
    return _answered(desk, message, asked, "", photo) if asked else photo_hint(desk, message)


def scanned(desk: Desk, message: Heard, photo: Photo, kind: FieldKind) -> tuple[Said, ...]:
    """Take the code in a photo as the answer to what is being asked; of several, ask which is meant."""
    asked = standing.question(desk, message.sender, message.chat)
    with reading(desk.engine) as db:
        found = shown_codes.answers(db, kind, photo.content)
    if asked is None:
        return photo_hint(desk, message)
    if len(found) == 1:
        return _answered(desk, message, asked, found[0], is_code=True)
    own = standing.language_of(desk, message.sender) or message.language
    if not found:
        return (Words(say(own, "telegram.no_photo" if kind == "text" else "photo.no_code")),)
    again = _asked_once_more(desk, asked, message.sender, message.chat)
    which = say(own, "photo.which", n=len(found))
    return tuple(
        replace(each, complaint=which, quick_answers=found[:_CODES_MAX]) if isinstance(each, Question) else each
        for each in again
    )


def shown(desk: Desk, message: Heard, photo: Photo, *, before: int = 0) -> tuple[Said, ...]:
    """Take a photo that nothing asked for: for the codes in it, and for the case whose card it replies to.

    ``before`` tells how many photos of the same album came before it.
    """
    own = standing.language_of(desk, message.sender)
    reply = pictured.answer(
        desk,
        message.sender,
        message.chat,
        Sent(message.words, (photo,)),
        dedupe=f"tg:{message.chat.chat}:{message.message_id}",
        about=standing.subject_of(desk, message.chat, *message.replies_to) if message.replies_to else "",
        language=None if own else message.language,
        is_shared=not message.is_private,
        before=before,
    )
    return _replied(desk, message, reply)


def photo_hint(desk: Desk, message: Heard) -> tuple[Said, ...]:
    """Return what is said to a photo that nobody asked for."""
    own = standing.language_of(desk, message.sender)
    return (Words(say(own, "telegram.no_photo") if own else say(message.language, "refusal.unlinked")),)


def photo_lost(desk: Desk, message: Heard) -> tuple[Said, ...]:
    """Return what is said to a photo that could not be fetched."""
    return (Words(say(standing.language_of(desk, message.sender) or message.language, "telegram.photo_lost")),)


def expired(desk: Desk, over: Over) -> Words:
    """Return what is said when questions have waited too long."""
    own = standing.language_of(desk, Sender("telegram", "", over.user))
    return Words(say(own or "en", "form.expired"), is_end=True)


def _without_start(words: str) -> str:
    """Return ``/start CODE``, which a link to the bot sends, as what it stands for: a label's code, or linking.

    A camera that is held at a bin's label asks what is there; only who scans it in a chat says that they were there.
    """
    command, _, rest = words.strip().partition(" ")
    code = rest.strip()
    if command.partition("@")[0].lower() != "/start" or not code:
        return words.strip()
    told = labels.started(code)
    if bin_ := labels.read_bin(told):
        return f"/where {bin_}"
    return told or ("/link" if code == inline.LINK else f"/link {code}")


def _answered(
    desk: Desk,
    message: Heard,
    asked: standing.Standing,
    words: str,
    photo: Photo | None = None,
    *,
    is_code: bool = False,
) -> tuple[Said, ...]:
    sender, chat = message.sender, message.chat
    if not standing.take_answer(desk, sender, chat, message_id=message.message_id, asked=asked.asked):
        return _asked_once_more(desk, asked, sender, chat)
    following = dialogue.reply(desk, sender, chat, words, photo=photo, is_code=is_code)
    return _followed(desk, following) if following is not None else ()


def _asked_once_more(desk: Desk, asked: standing.Standing, sender: Sender, chat: Address) -> tuple[Said, ...]:
    """Ask the open question again, for a message whose answer may have been lost on its way back."""
    opened = act.tap(desk, Intent(sender, chat, asked.token, f"again:{asked.token}"))
    return _asked(desk, opened, sender, chat) if isinstance(opened, Form) else ()


def _asked(desk: Desk, form: Form, sender: Sender, chat: Address) -> tuple[Said, ...]:
    """Ask a form's first question, or go on where the same form stands already."""
    present = standing.question(desk, sender, chat)
    known = present.answers if present and present.token == form.token else None
    asked = _followed(desk, dialogue.begin(desk, form, sender, chat, answers=known))
    if known is not None or not form.link or not is_private(chat):
        return asked
    language = plain.language_of(form.language)
    return (Words(say(language, "telegram.long_form"), opens=opening(form.link, language)), *asked)


def _followed(desk: Desk, following: Next) -> tuple[Said, ...]:
    match following:
        case Question() | Check():
            return (following,)
        case Closed(words):
            return (Words(words, is_end=True),)
        case Ready(intent):
            return _acted(desk, intent)


def _acted(desk: Desk, intent: Intent) -> tuple[Said, ...]:
    result = act.act(desk, intent)
    if isinstance(result, Refused) and result.errors:
        return _asked_for_right(desk, intent, result.errors)
    dialogue.finish(desk, intent.sender, intent.chat)
    end = Words(result.words, is_end=True)
    if isinstance(result, Done) or result.card is None or not result.card.buttons:
        return (end,)
    return (end, result.card)


def _asked_for_right(desk: Desk, intent: Intent, errors: Mapping[str, str]) -> tuple[Said, ...]:
    """Ask again for what was filled wrongly, keeping the rest."""
    sentence = next(iter(errors.values()))
    known = {name: value for name, value in (intent.answers or {}).items() if name not in errors}
    opened = act.tap(desk, replace(intent, answers=None, photos={}))
    if isinstance(opened, Form):
        again = dialogue.begin(desk, opened, intent.sender, intent.chat, answers=known)
        if isinstance(again, Question):
            return (replace(again, complaint=sentence),)
    dialogue.finish(desk, intent.sender, intent.chat)
    return (Words(sentence, is_end=True),)


def _conversed(desk: Desk, message: Heard, words: str) -> tuple[Said, ...]:
    own = standing.language_of(desk, message.sender)
    command = words.lstrip("/").partition(" ")[0].partition("@")[0].lower()
    if command in _LINK_WORDS and not message.is_private:
        return (Words(say(own or message.language, "telegram.private_only")),)
    about = standing.subject_of(desk, message.chat, *message.replies_to) if message.replies_to else ""
    dedupe = f"tg:{message.chat.chat}:{message.message_id}"
    language = None if own else message.language
    answer = conversation.answer(
        desk,
        message.sender,
        message.chat,
        words,
        dedupe=dedupe,
        about=about,
        language=language,
        is_shared=not message.is_private,
    )
    return _replied(desk, message, answer)


def _replied(desk: Desk, message: Heard | Tap, reply: Reply) -> tuple[Said, ...]:
    if reply.paper is not None:
        return (reply.paper,)  # its title is what there is to say
    said: list[Said] = [Words(reply.words, is_count=reply.is_noted)] if reply.words else []
    if reply.picture is not None:
        own = standing.language_of(desk, message.sender) or message.language
        said.append(Pictured(reply.picture, reply.look, own))
    said += reply.cards
    if reply.form is not None:
        said += _asked(desk, reply.form, message.sender, message.chat)
    return tuple(said)
