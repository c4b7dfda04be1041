"""The card of what happened with a person's accounts, told in their other chats: tied, or tried by others."""

import json
from typing import Final

from sqlalchemy import text

from inventory_core.db.engine import reading
from inventory_core.db.metadata import from_micros
from workflows.cards import Card
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.phrases import say

NAMES: Final = {"slack": "Slack", "telegram": "Telegram"}
KINDS: Final = frozenset({"link.made", "link.locked", "link.taken"})
"""The journal entries that are told to whose accounts they are about."""

_ENTRY: Final = text("SELECT at, kind, facts FROM journal WHERE id = :id AND kind LIKE 'link.%'")


def card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the card of one entry, by its number: what happened, and how to undo it if it was somebody else."""
    with reading(desk.engine) as db:
        row = db.execute(_ENTRY, {"id": int(name)}).first()
    if row is None or row.kind not in KINDS:
        return None
    facts = json.loads(row.facts) if isinstance(row.facts, str) else row.facts
    kind, language = row.kind.removeprefix("link."), reader.language
    platform = str(facts["platform"])
    blanks = {"platform": NAMES.get(platform, platform), "time": desk.local_time(from_micros(row.at))}
    return Card(
        subject=f"account:{name}",
        title=say(language, f"account.{kind}_title", **blanks),
        summary=say(language, f"account.{kind}", **blanks, name=str(facts.get("by", "")), word=platform),
        language=language,
        tone="plain" if kind == "made" else "bad",
    )
