"""Questions of a form in a chat: an answer taken, the next question, and what became of it once all is answered.

Everything here blocks and is called in a worker thread. The same message given twice has one effect.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot import plain, shown_codes
from bot.telegram import standing
from bot.telegram.address import is_private
from bot.telegram.keys import opening
from bot.telegram.said import Heard, Redrawn, Said, Words
from bot.telegram.turning import Tap
from inventory_core.db.engine import reading
from workflows import act, dialogue
from workflows.cards import Done, Form, Refused
from workflows.definition import FieldKind
from workflows.desk import LANGUAGES, Desk
from workflows.dialogue import Closed, Next, Ready
from workflows.intents import Address, Intent, Photo, Sender
from workflows.phrases import say
from workflows.questions import Check, Question

_CODES_MAX = 12


def photographed(desk: Desk, message: Heard, photo: Photo) -> tuple[Said, ...]:
    """Take a photo as the answer to what is being asked."""
    asked = standing.question(desk, message.sender, message.chat)
    return answered(desk, message, asked, "", photo) if asked else photo_hint(desk, message)


def scanned(desk: Desk, message: Heard, photo: Photo, kind: FieldKind) -> tuple[Said, ...]:
    """Take the code in a photo as the answer to what is being asked; of several, ask which is meant."""
    asked = standing.question(desk, message.sender, message.chat)
    with reading(desk.engine) as db:
        found = shown_codes.answers(db, kind, photo.content)
    if asked is None:
        return photo_hint(desk, message)
    if len(found) == 1:
        return answered(desk, message, asked, found[0], is_code=True)
    own = standing.language_of(desk, message.sender) or message.language
    if not found:
        return (Words(say(own, "telegram.no_photo" if kind == "text" else "photo.no_code")),)
    again = asked_once_more(desk, asked, message.sender, message.chat)
    which = say(own, "photo.which", n=len(found))
    return tuple(
        replace(each, complaint=which, quick_answers=found[:_CODES_MAX]) if isinstance(each, Question) else each
        for each in again
    )


def photo_hint(desk: Desk, message: Heard) -> tuple[Said, ...]:
    """Return what is said to a photo that nobody asked for."""
    own = standing.language_of(desk, message.sender)
    return (Words(say(own, "telegram.no_photo") if own else say(message.language, "refusal.unlinked")),)


def answered(
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
        return asked_once_more(desk, asked, sender, chat)
    following = dialogue.reply(desk, sender, chat, words, photo=photo, is_code=is_code)
    return followed(desk, following) if following is not None else ()


def asked_once_more(desk: Desk, asked: standing.Standing, sender: Sender, chat: Address) -> tuple[Said, ...]:
    """Ask the open question again, for a message whose answer may have been lost on its way back."""
    opened = act.tap(desk, Intent(sender, chat, asked.token, f"again:{asked.token}"))
    return asked_for(desk, opened, sender, chat) if isinstance(opened, Form) else ()


def told_again(desk: Desk, message: Heard, words: str) -> tuple[Said, ...]:
    """Say how the questions ended to the message that ended them, should it come again: the word may have been lost."""
    if not standing.is_last_answer(desk, message.sender, message.chat, message_id=message.message_id):
        return ()
    own = standing.language_of(desk, message.sender) or message.language
    if words.casefold() in {say(each, "form.cancel").casefold() for each in LANGUAGES}:
        return (Words(say(own, "form.cancelled"), is_end=True),)
    token = standing.token_answered(desk, message.sender)
    if not token:
        return ()
    dedupe = dialogue.act_name(token, message.sender)
    return (Words(act.act(desk, Intent(message.sender, message.chat, token, dedupe)).words, is_end=True),)


def asked_for(desk: Desk, form: Form, sender: Sender, chat: Address, *, tap: Tap | None = None) -> tuple[Said, ...]:
    """Ask a form's first question, or go on where the same form stands already. ``tap`` is what opened it, if one did.

    The card that was tapped shows in the end what became of it.
    """
    present = standing.question(desk, sender, chat)
    known = present.answers if present and present.token == form.token else None
    if tap is not None or known is None:
        standing.note_tapped(desk, sender, chat, tap.message_id if tap else 0, is_photo=bool(tap and tap.is_photo))
    asked = followed(desk, dialogue.begin(desk, form, sender, chat, answers=known))
    if known is not None or not form.link or not is_private(chat):
        return asked
    language = plain.language_of(form.language)
    return (Words(say(language, "telegram.long_form"), opens=opening(form.link, language)), *asked)


def followed(desk: Desk, following: Next) -> tuple[Said, ...]:
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
    message_id, is_photo = standing.tapped(desk, intent.sender, intent.chat)
    dialogue.finish(desk, intent.sender, intent.chat)
    end = Words(result.words, is_end=True)
    if isinstance(result, Done) and result.card is not None and message_id:
        return (end, Redrawn(message_id, result.card, is_photo))
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
