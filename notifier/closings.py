"""The card of a chat that no longer takes messages: whose it is, why, and what opens it again."""

import json
from typing import Final

from sqlalchemy import text

from inventory_core.db.engine import reading
from workflows import chats
from workflows.cards import Card
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.phrases import say

_NAMES: Final = {"slack": "Slack", "telegram": "Telegram"}


def card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the card of one time that a chat was closed; ``name`` is the chat's number and which time."""
    number = int(name.partition(".")[0])
    with reading(desk.engine) as db:
        chat = chats.find(db, number)
        stored = db.execute(
            text("SELECT facts FROM journal WHERE kind = 'chat.closed' AND subject = :subject"),
            {"subject": f"closed:{name}"},
        ).scalar()
    if chat is None or stored is None:
        return None
    facts = json.loads(stored) if isinstance(stored, str) else stored
    language = reader.language
    kind = "person" if chat.name else "channel"
    blanks = {"platform": _NAMES.get(chat.address.platform, chat.address.platform), "chat": chat.address.chat}
    return Card(
        subject=f"closed:{name}",
        title=say(language, f"closed.title_{kind}", name=chat.name, **blanks),
        summary=say(language, f"closed.why_{facts['reason']}"),
        language=language,
        story=() if chat.is_open else (say(language, f"closed.story_{kind}", name=chat.name, **blanks),),
        status=say(language, "closed.over") if chat.is_open else "",
        tone="good" if chat.is_open else "bad",
    )
