"""What stories call things: papers by their kind, days, movements with their papers and people."""

import datetime as dt
from collections.abc import Iterable

from inventory_core.tracing.papers import Paper
from inventory_core.tracing.steps import Step
from workflows import phrases
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say
from workflows.stories.told import Line, Name, Words


def kind_label(language: Language, kind: str) -> str:
    """Return what a kind of paper is called; one of the company's own by its name."""
    return phrases.catalogue(language).get(f"card.{kind}") or kind.replace("_", " ")


def state_label(language: Language, state: str) -> str:
    return phrases.catalogue(language).get(f"state.{state}", state.replace("_", " "))


def moved_label(language: Language, kind: str) -> str:
    return phrases.catalogue(language).get(f"movement.{kind}", kind.replace("_", " "))


def paper_name(paper: Paper) -> Name:
    return Name(paper.number, f"paper.{paper.id}")


def paper_words(language: Language, paper: Paper, *, with_state: bool = True) -> Words:
    """Return "Receipt GR-4012 (posted)", the number a link."""
    state = f" ({state_label(language, paper.state)})" if with_state else ""
    return Name(f"{kind_label(language, paper.kind)} "), paper_name(paper), Name(state)


def day(desk: Desk, language: Language, date: dt.date) -> str:
    """Return "25 Nov"; with its year where that is another one."""
    written = phrases.day(language, date)
    if date.year == desk.today().year:
        return written
    return f"{date.year}年{written}" if language == "zh" else f"{written} {date.year}"


def moment(desk: Desk, at: dt.datetime) -> str:
    """Return "10:05" for today, "11-24 10:05", and "2025-11-24" for another year."""
    local = at.astimezone(desk.zone)
    return desk.local_time(at) if local.year == desk.today().year else f"{local:%Y-%m-%d}"


def joined(runs: Iterable[Words], *, between: str = " · ") -> Words:
    """Return runs of words as one, parted."""
    parts: list[Name] = []
    for run in filter(None, runs):
        parts += [Name(between), *run] if parts else run
    return tuple(parts)


def step_line(language: Language, desk: Desk, step: Step, *, of_lot: bool, own_id: int = 0) -> Line:
    """Return one movement: when, what, how much of what, from where to where, by which paper and whom.

    ``of_lot``: in the story of its lot, which then is not named; ``own_id`` is the paper that need not be.
    """
    status = "" if step.status == "available" else f" ({say(language, f'status.{step.status}')})"
    words = [Name(f"{moment(desk, step.at)} {moved_label(language, step.kind)}{say(language, 'trace.colon')}")]
    words.append(Name(step.amount))
    if not of_lot:
        words += [Name(f" {step.item_code}"), *([Name(" "), Name(step.lot, f"lot.{step.lot_id}")] if step.lot else [])]
    words.append(Name(f"{say(language, 'trace.comma')}{step.source} → {step.target}{status}"))
    if step.paper_id not in (None, own_id):
        words += [Name(" · "), Name(step.document, f"paper.{step.paper_id}")]
    words += [Name(f" · {step.employee}")] if step.employee else []
    if step.is_reversal:
        words.append(Name(" · " + say(language, "trace.reversal", reason=step.reason)))
    elif step.is_reversed:
        words.append(Name(" · " + say(language, "trace.reversed")))
    return Line(tuple(words), is_undone=step.is_reversal or step.is_reversed)
