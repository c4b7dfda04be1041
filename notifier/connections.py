"""The card of a Slack workspace that stopped working: why, what to do, and that it works again once it does."""

from inventory_core.db.engine import reading
from workflows import workspaces
from workflows.cards import Card
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.phrases import say

READ_BY = "administrator"


def card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the card of one time that a workspace stopped working; ``name`` is its number and which time."""
    number, _, round_ = name.partition(".")
    with reading(desk.engine) as db:
        found = workspaces.by_id(db, int(number))
    if found is None:
        return None
    language = reader.language
    is_over = found.state == "installed" or found.round != int(round_ or 0)
    kind = "removed" if found.state == "removed" else "broken"
    why = say(language, f"workspace.why_{found.reason}") if found.reason else say(language, "workspace.over")
    return Card(
        subject=f"workspace:{name}",
        title=say(language, f"workspace.{kind}_title", name=found.called),
        summary=why,
        language=language,
        story=() if is_over else (say(language, f"workspace.{kind}_story"),),
        status=say(language, "workspace.over") if is_over else "",
        tone="good" if is_over else "bad",
        link=desk.company_link(reader.code),
    )
