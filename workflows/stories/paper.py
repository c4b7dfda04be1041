"""The story of a paper: its state and decisions, the papers around it, its goods and where they went.

Anybody may read what moved. Who asked for what, and who decided what about it, is for those who took part and for those
who see all papers.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

from inventory_core.db.metadata import to_micros
from inventory_core.tracing import papers
from inventory_core.tracing.papers import Change, Moved, Paper, PaperStory
from workflows import cases, flows, telling
from workflows.cards import Fact
from workflows.definition import Language
from workflows.desk import Desk
from workflows.papers import whose
from workflows.people import Employee
from workflows.phrases import say
from workflows.stories import wording
from workflows.stories.told import Chapter, Line, Name, Story, Words

_CASES: Final = text("SELECT id, flow_version_id FROM flow_instances WHERE document_id = :id ORDER BY id")
# Whose it is: who started it, who is or was asked, who decided, and who stands in for one of them.
_CONCERNED: Final = text("""
    SELECT 1 FROM flow_instances i WHERE i.document_id = :id AND i.requester_id = :employee
    UNION SELECT 1 FROM flow_instances i JOIN tasks t ON t.instance_id = i.id WHERE i.document_id = :id
      AND (t.employee_id = :employee OR t.role IN (SELECT role FROM employee_roles WHERE employee_id = :employee)
        OR t.id IN (SELECT task_id FROM decisions WHERE employee_id = :employee OR for_employee_id = :employee)
        OR t.role IN (SELECT r.role FROM employee_roles r JOIN delegations g ON g.from_id = r.employee_id
                      WHERE g.to_id = :employee AND g.from_at <= :now AND g.until_at > :now))
""")
_REQUESTED: Final = text("SELECT 1 FROM flow_instances WHERE document_id = :id AND requester_id IS NOT NULL")


def may_read(db: Connection, employee: Employee, document_id: int, *, now: dt.datetime) -> bool:
    """Tell whether somebody may read the decisions about a paper: it is nobody's request, or theirs to know of."""
    if not whose(db, employee) or db.execute(_REQUESTED, {"id": document_id}).first() is None:
        return True
    key = {"id": document_id, "employee": employee.id, "now": to_micros(now)}
    return db.execute(_CONCERNED, key).first() is not None


def tell(db: Connection, desk: Desk, document_id: int, language: Language, employee: Employee) -> Story:
    """Return a paper's whole story, as far as this employee may read it."""
    found = papers.story(db, document_id)
    paper = found.paper
    is_open = may_read(db, employee, document_id, now=desk.clock())
    is_bare = not is_open and all(each.paper_id != paper.id for each in found.steps)
    history = _history(db, desk, found, language, is_open=is_open)
    return Story(
        key=f"paper.{paper.id}",
        subject=f"trace:paper.{paper.id}",
        title=f"{wording.kind_label(language, paper.kind)} {paper.number}",
        summary=(Name("" if is_bare else wording.state_label(language, paper.state)),),
        language=language,
        facts=() if is_bare else tuple(_facts(language, desk, found)),
        chapters=(
            _papers(language, "trace.before", found.before),
            _papers(language, "trace.after", found.after),
            Chapter(say(language, "trace.lines"), "rows", _lines(language, found)),
            _moved(language, "trace.came_by", found.came_by),
            _moved(language, "trace.went_by", found.went_by),
            Chapter(say(language, "trace.lots"), "names", _lots(found)),
            history,
        ),
        note="" if is_open else say(language, "trace.not_yours", number=paper.number),
    )


def _facts(language: Language, desk: Desk, found: PaperStory) -> list[tuple[str, Words]]:
    paper = found.paper
    facts: list[tuple[str, Words]] = []
    if paper.partner_id is not None:
        facts.append((say(language, "paper.partner"), (Name(paper.partner, f"partner.{paper.partner_id}"),)))
    facts.append((say(language, "paper.opened_on"), (Name(wording.day(desk, language, paper.opened_on)),)))
    if paper.due_on and paper.due_on != paper.opened_on:
        facts.append((say(language, "paper.due_on"), (Name(wording.day(desk, language, paper.due_on)),)))
    return facts


def _papers(language: Language, key: str, found: Sequence[Paper]) -> Chapter:
    lines = tuple(Line(wording.paper_words(language, each, with_state=key == "trace.after")) for each in found)
    return Chapter(say(language, key), "names", lines)


def _lines(language: Language, found: PaperStory) -> tuple[Line, ...]:
    """Return what was planned and done. A count's are left out: who counts does not see the books."""
    if found.paper.kind == "count":
        return ()
    is_done = any(each.done for each in found.paper.lines)
    lines = []
    for each in found.paper.lines:
        figures = [("planned", each.ordered), *([("done", each.done)] if is_done else [])]
        figures += [("refused", each.rejected)] if each.rejected else []
        lines.append(
            Line(
                (Name(each.item_code, f"item.{each.item_id}"), Name(f" · {each.item_name}")),
                (),
                tuple(
                    Fact(
                        say(language, f"trace.{name}"), f"{each.write(amount)} {each.unit}", is_apart=name == "refused"
                    )
                    for name, amount in figures
                ),
            )
        )
    return tuple(lines)


def _moved(language: Language, key: str, found: Sequence[Moved]) -> Chapter:
    lines = []
    for each in found:
        what = Name(f"{wording.moved_label(language, each.kind)} {each.amount} {each.item_code}")
        words: Words = (what,)
        if each.paper is not None:
            words = (wording.paper_name(each.paper), Name(" ("), what, Name(")"))
        lines.append(Line(words))
    return Chapter(say(language, key), "names", tuple(lines))


def _lots(found: PaperStory) -> tuple[Line, ...]:
    return tuple(Line((Name(f"{item_code} "), Name(number, f"lot.{id_}"))) for id_, number, item_code in found.lots)


def _history(db: Connection, desk: Desk, found: PaperStory, language: Language, *, is_open: bool) -> Chapter:
    """Return decisions, changes of state and movements in the order in which they happened."""
    told: list[tuple[dt.datetime, Line]] = []
    if is_open:
        for case_id, version_id in db.execute(_CASES, {"id": found.paper.id}).all():
            flow = flows.version(db, version_id)
            decided = cases.told(db, case_id)
            told += [(each.at, Line((Name(telling.decision(desk, flow, each, language)),))) for each in decided]
        at_once = {at for at, _ in told}  # what a decision brought about at once is told by the decision
        changes = [each for each in found.changes if each.reason or each.at not in at_once]
        told += [(each.at, Line((Name(_change(desk, each, language)),))) for each in changes]
    told += [
        (each.at, wording.step_line(language, desk, each, of_lot=False, own_id=found.paper.id)) for each in found.steps
    ]
    lines = tuple(line for _, line in sorted(told, key=lambda each: each[0]))
    return Chapter(say(language, "trace.history"), "steps", lines, found.earlier)


def _change(desk: Desk, change: Change, language: Language) -> str:
    what = wording.state_label(language, change.state) if change.state else say(language, f"journal.{change.kind}")
    name = change.name or say(language, "card.clock")
    line = say(language, "card.story", time=wording.moment(desk, change.at), name=name, what=what)
    return f"{line} · {change.reason}" if change.reason else line
