"""What a tap, a message or a photo brings about, and what is said to it. Writes the database, sends nothing.

Everything here blocks and is called in a worker thread. The same tap or message given twice has one effect.
"""

from bot import conversation, pictured
from bot.channel import Reply, Subjects
from bot.pictured import Sent
from bot.telegram import answering, inline, standing, tokens, turning
from bot.telegram.said import Heard, Pictured, Redrawn, Said, Tapped, Words
from bot.telegram.turning import Tap, Turned
from charts.papers.paper import Printed
from inventory_core import labels
from inventory_core.db.engine import reading
from workflows import act, dialogue, inbox, people
from workflows.cards import Form, Refused
from workflows.definition import Language
from workflows.desk import Desk
from workflows.dialogues import Over
from workflows.intents import Intent, Photo, Sender
from workflows.phrases import say

_LINK_WORDS = frozenset({"link", "绑定"})


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
        return Tapped(said=answering.asked_for(desk, result, tap.sender, tap.chat, tap=tap))
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
            return answering.answered(desk, message, asked, words)
        if standing.was_answer(desk, message.sender, message.chat, message_id=message.message_id):
            return answering.told_again(desk, message, words)
        closed = dialogue.reply(desk, message.sender, message.chat, words)  # one that waited too long
        if closed is not None:
            return answering.followed(desk, closed)
    return _conversed(desk, message, words)


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
    return (*_replied(desk, message, answer), *_redrawn(desk, message, about, own or message.language))


def _redrawn(desk: Desk, message: Heard, about: str, language: Language) -> tuple[Said, ...]:
    """Return the card that was replied to, should it ask nothing any more: one that was asked for has no other way."""
    kind, _, number = about.partition(":")
    if kind != "task" or message.replies_to is None or not number.isdigit():
        return ()
    with reading(desk.engine) as db:
        employee = people.who(db, message.sender)
    card = inbox.task_card(desk, int(number), inbox.reader_of(employee, message.chat, language)) if employee else None
    return (Redrawn(message.replies_to[0], card),) if card is not None and card.status else ()


def _replied(desk: Desk, message: Heard | Tap, reply: Reply) -> tuple[Said, ...]:
    if reply.paper is not None:
        return (reply.paper,)  # its title is what there is to say
    said: list[Said] = [Words(reply.words, is_count=reply.is_noted)] if reply.words else []
    if reply.picture is not None:
        own = standing.language_of(desk, message.sender) or message.language
        said.append(Pictured(reply.picture, reply.look, own))
    said += reply.cards
    if reply.form is not None:
        said += answering.asked_for(desk, reply.form, message.sender, message.chat)
    return tuple(said)
