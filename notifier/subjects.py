"""What a message can be about, the card that shows it as it is now, and who may see it."""

from sqlalchemy import text

from charts.picture import Picture
from inventory_core.db.engine import reading
from notifier import accounts, alerts, closings, connections, digests, pictures
from workflows import asides, cases, inbox, remarks
from workflows.cards import Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address
from workflows.people import Employee

_STANDS = text("""
    SELECT c.employee_id, c.purpose FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE m.subject = :subject AND c.platform = :platform AND c.workspace = :workspace AND c.chat = :chat
""")


def card_of(desk: Desk, subject: str, reader: Reader) -> Card | None:
    """Return the present card of a subject, or None if it is gone.

    ``task:5``, its reminder ``late:5.0``, ``case:7``, ``remark:3``, ``alert:3.1``, ``digest:2026-11-25``,
    ``workspace:2.1``, ``closed:4.1``, ``account:17``.
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
        case "account":
            return accounts.card(desk, name, reader)
    return None


def picture_of(desk: Desk, subject: str, language: Language) -> Picture | None:
    """Return the picture that came with a message about a subject, or None where there was none."""
    with reading(desk.engine) as db:
        wanted = pictures.of_subject(db, subject, language)
    return pictures.read(desk, wanted.id) if wanted else None


def may_see(desk: Desk, subject: str, employee: Employee, chat: Address) -> bool:
    """Tell whether somebody may be shown a subject now, in this chat.

    A case is for those who have a part in it, and where its message came to their own chat because it tells them.
    Alerts and digests are for managers, and for whoever reads in a channel to which they go.
    """
    kind, _, name = subject.partition(":")
    number = name.partition(".")[0]
    with reading(desk.engine) as db:
        key = {"subject": subject, "platform": chat.platform, "workspace": chat.workspace, "chat": chat.chat}
        stands = db.execute(_STANDS, key).first()
        if kind in ("alert", "digest"):
            return alerts.READ_BY in employee.roles or (stands is not None and stands.purpose == "alerts")
        case_id = None
        if kind in ("task", "late") and number.isdigit():
            task = cases.task(db, int(number))
            case_id = task.instance_id if task else None
        elif kind == "case" and number.isdigit():
            if stands is not None and stands.employee_id == employee.id:
                return True
            case_id = int(number)
        elif kind == "remark" and number.isdigit():
            remark = remarks.one(db, int(number))
            case_id = remark.instance_id if remark else None
        return case_id is not None and asides.has_part(db, desk, case_id, employee)
