"""What one person has before them: their tasks, those they answer for others, and what they asked for."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, text

from inventory_core.db.metadata import to_micros
from inventory_core.document import Document
from workflows import cases, remarks, standins
from workflows.cases import Task
from workflows.definition import Flow, Language
from workflows.desk import Desk
from workflows.people import Employee

_ASKED_SINCE: Final = dt.timedelta(days=14)
_ASKED_MOST: Final = 200
_ASKED: Final = text("""
    SELECT i.id FROM flow_instances i
    WHERE i.requester_id = :id AND (i.state = 'open' OR i.ended_at > :since)
    ORDER BY CASE WHEN i.state = 'open' THEN 0 ELSE 1 END, i.id DESC LIMIT :most
""")
_STANDING: Final = text("""
    SELECT i.id, i.reached, i.state, d.revision FROM flow_instances i JOIN documents d ON d.id = i.document_id
    WHERE i.requester_id = :id AND (i.state = 'open' OR i.ended_at > :since) ORDER BY i.id
""")
_REVISIONS: Final = text("""
    SELECT t.id, d.revision FROM tasks t JOIN flow_instances i ON i.id = t.instance_id
    JOIN documents d ON d.id = i.document_id WHERE t.id IN :ids ORDER BY t.id
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task that waits for somebody; ``for_name``: whom they answer for there, empty where it is their own."""

    task: Task
    flow: Flow
    document: Document
    for_name: str

    def is_late(self, today: dt.date) -> bool:
        return self.document.due_on is not None and self.document.due_on < today

    def holds(self, words: str, language: Language) -> bool:
        """Tell whether the words are in what is asked: its paper, partner, flow or items, in any letter case."""
        paper = self.document
        lines = (f"{each.item_code} {each.item_name}" for each in paper.lines)
        texts = (paper.number, paper.source, paper.partner, self.flow.title.fill(language, {}), *lines)
        return words.lower() in " ".join(map(str, texts)).lower()


def waiting(db: Connection, desk: Desk, employee: Employee) -> Sequence[Waiting]:
    """Return the tasks that wait for somebody, the most urgent first.

    What another paper's card asks for (``held_by``, such as a wave) is left out until that one lets go of it.
    """
    now, found = desk.clock(), []
    roles = standins.roles_of(db, employee.id)
    for task in cases.open_tasks(db, employee.id, now=now):
        flow, document = cases.document_of(db, task)
        if document.fields.get("held_by"):
            continue
        for_name = ""
        if task.employee_id != employee.id and (task.employee_id is not None or task.role not in roles):
            absent = standins.whom(db, task, flow, document, employee.id, now=now)
            for_name = remarks.name_of(db, absent) if absent is not None else ""
        found.append(Waiting(task, flow, document, for_name))
    return found


def asked_for(db: Connection, desk: Desk, employee: Employee) -> Sequence[int]:
    """Return the cases that somebody started, the open ones first: those, and what ended within two weeks."""
    since = to_micros(desk.clock() - _ASKED_SINCE)
    return [
        int(each) for each in db.execute(_ASKED, {"id": employee.id, "since": since, "most": _ASKED_MOST}).scalars()
    ]


def mark(db: Connection, desk: Desk, employee: Employee) -> str:
    """Return a text that changes when what somebody has before them does; cheaper than looking at it."""
    since = to_micros(desk.clock() - _ASKED_SINCE)
    tasks = [each.id for each in cases.open_tasks(db, employee.id, now=desk.clock())]
    revisions = db.execute(_REVISIONS, {"ids": tasks}).all()
    standing = db.execute(_STANDING, {"id": employee.id, "since": since}).all()
    return repr((desk.today(), employee.language, tasks, [tuple(row) for row in (*revisions, *standing)]))
