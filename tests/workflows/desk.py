"""A desk to play short flows at: publish ten lines of YAML, start a case, answer as people."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from inventory_core import places
from inventory_core.db.engine import reading, writing
from tests.world import World
from workflows import cases, deadlines, definition, flows, flowtext, moves, standins
from workflows.cards import Done, Refused
from workflows.definition import Flow


def flow_of(words: str) -> Flow:
    """Return the flow of a short text: labels, titles and ends that it leaves out are made from the names."""
    raw: dict[str, Any] = flowtext.load_yaml(words)
    raw.setdefault("flow", "test")
    raw.setdefault("title", _both(raw["flow"]))
    raw.setdefault("about", "request")
    raw.setdefault("started_by", ["storekeeper"])
    raw.setdefault("card", {"title": _both("Request {number}"), "summary": _both("{number}")})
    raw.setdefault("ends", {"done": {}})
    for name, end in raw["ends"].items():
        end.setdefault("label", _both(name))
    for name, field in raw.get("fields", {}).items():
        field.setdefault("label", _both(name))
    for name, step in raw["steps"].items():
        if "asks" in step:
            step.setdefault("title", _both(name))
            step.setdefault("question", _both(f"{name}?"))
        for label, outcome in list(step.get("outcomes", {}).items()):
            if isinstance(outcome, str):
                step["outcomes"][label] = outcome = {"then": outcome}
            outcome.setdefault("label", _both(label))
    return definition.Flow.model_validate(raw)


def _both(words: str) -> dict[str, str]:
    return {"en": words, "zh": words}


@dataclass
class Play:
    """One case of a flow, answered by people of the company."""

    world: World
    case_id: int

    @staticmethod
    def publish(world: World, words: str) -> int:
        with writing(world.engine) as db:
            return flows.publish(db, flow_of(words), now=world.now)

    @staticmethod
    def of(world: World, words: str, *, by: str = "lin") -> "Play":
        """Publish a flow and let somebody start it."""
        flow = flow_of(words)
        with writing(world.engine) as db:
            flows.publish(db, flow, now=world.now)
            site = places.id_of(db, "MAIN")
            requester = world.person(by).id
            return Play(world, moves.start_by(db, world.desk, flow.flow, requester_id=requester, site_id=site))

    def waits(self) -> dict[str, list[str]]:
        """Return the open steps, each with whom it asks: roles, or the codes of people."""
        with reading(self.world.engine) as db:
            codes = {row.id: row.code for row in db.execute(text("SELECT id, code FROM employees"))}
            found: dict[str, list[str]] = {}
            for task in cases.current_tasks(db, self.case_id):
                found.setdefault(task.step, []).append(codes[task.employee_id] if task.employee_id else task.role)
            return found

    @property
    def reached(self) -> str:
        with reading(self.world.engine) as db:
            row = db.execute(text("SELECT reached, state FROM flow_instances WHERE id = :id"), {"id": self.case_id})
            reached, state = row.one()
        return str(reached) if state == "ended" else f"({reached})" if state == "open" else state

    def answer(self, code: str, label: str, answers: Mapping[str, str] | None = None) -> Done | Refused:
        """Let a person tap a button of this label on one of their cards."""
        for card in self.world.inbox(code):
            for button in card.buttons:
                if button.label == label:
                    return self.world.send(code, button.token, answers)
        raise AssertionError(f"{code} has no button {label}: {[c.summary for c in self.world.inbox(code)]}")

    def sees(self, code: str) -> list[str]:
        """Return the labels of all buttons that a person sees."""
        return [button.label for card in self.world.inbox(code) for button in card.buttons]

    def wait(self, **units: float) -> None:
        """Let time pass, and what is due happen."""
        self.world.pass_time(**units)
        while deadlines.tick(self.world.desk):
            pass

    def stand_in(self, away: str, instead: str, *, days: int = 7, flow: str = "", at_most: int | None = None) -> None:
        world = self.world
        with writing(world.engine) as db:
            standins.appoint(
                db,
                from_id=world.person(away).id,
                to_id=world.person(instead).id,
                from_at=world.now,
                until_at=world.now + dt.timedelta(days=days),
                now=world.now,
                flow=flow,
                at_most=at_most,
            )
