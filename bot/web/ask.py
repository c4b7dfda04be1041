"""The box at the foot of a page: commands as in every chat, and names of items or lots just as they are."""

from bot import conversation
from bot.channel import Reply
from bot.web.session import Seat
from inventory_core import items, lots
from inventory_core.db.engine import reading
from workflows.desk import Desk
from workflows.phrases import say


def ask(desk: Desk, seat: Seat, words: str, *, dedupe: str, about: str = "") -> Reply:
    """Return the answer to what somebody typed: an item or lot named in full is looked up without a command."""
    said = _meant(desk, words.strip())
    reply = _answer(desk, seat, said, dedupe=dedupe, about=about)
    if reply.words in _puzzled(seat) and not reply.form:
        with reading(desk.engine) as db:
            is_known = bool(items.find(db, said))
        if is_known:
            return _answer(desk, seat, f"stock {said}", dedupe=dedupe, about="")
    return reply


def _answer(desk: Desk, seat: Seat, words: str, *, dedupe: str, about: str) -> Reply:
    return conversation.answer(desk, seat.sender, seat.chat, words, dedupe=dedupe, about=about, language=seat.language)


def _meant(desk: Desk, words: str) -> str:
    with reading(desk.engine) as db:
        if any(item.code.lower() == words.lower() for item in items.find(db, words)):
            return f"stock {words}"
        return f"trace {words}" if lots.trace(db, words) is not None else words


def _puzzled(seat: Seat) -> tuple[str, str]:
    return say(seat.language, "help.unclear"), say(seat.language, "help.which_task")
