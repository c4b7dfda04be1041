"""What a message can be about, and the card that shows it as it is now, in its reader's language."""

from notifier import alerts, closings, connections, digests
from workflows import inbox
from workflows.cards import Card
from workflows.desk import Desk
from workflows.inbox import Reader


def card_of(desk: Desk, subject: str, reader: Reader) -> Card | None:
    """Return the present card of a subject, or None if it is gone.

    ``task:5``, its reminder ``late:5.0``, ``case:7``, ``remark:3``, ``alert:3.1``, ``digest:2026-11-25``,
    ``workspace:2.1``, ``closed:4.1``.
    """
    kind, _, name = subject.partition(":")
    match kind:
        case "task":
            return inbox.task_card(desk, int(name), reader)
        case "case":
            return inbox.case_card(desk, int(name), reader)
        case "late":
            return inbox.late_card(desk, name, reader)
        case "remark":
            return inbox.remark_card(desk, int(name), reader)
        case "alert":
            return alerts.card(desk, name, reader)
        case "digest":
            return digests.card(desk, name, reader)
        case "workspace":
            return connections.card(desk, name, reader)
        case "closed":
            return closings.card(desk, name, reader)
    return None
