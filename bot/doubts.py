"""What makes figures doubtful, and the question with which they are asked back."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from bot.channel import Reply
from bot.hearing import Heard
from bot.talk import Talk
from inventory_core.db.engine import writing
from workflows import photos, proposals
from workflows.cards import Button, Card, Fact, Field, Form, Row
from workflows.inbox import Asked
from workflows.phrases import say

SURE: Final = "sure:"
NOT_SO: Final = "notso:"
"""What the two buttons under a question whether figures were meant so begin with; the task and the name follow."""

_FEWEST, _MOST = Decimal("0.5"), Decimal("1.1")
"""Between these parts of what is expected a figure is believed: deliveries come short, hardly ever far over."""


def _said_fields(asked: Asked, heard: Mapping[int, Heard]) -> list[Field]:
    spoken = {f"{name}.{position}" for name in asked.outcome.heard_rules for position in heard}
    return [each for each in asked.form.fields if each.name in spoken]


def far_from(asked: Asked, heard: Mapping[int, Heard], answers: Mapping[str, str]) -> str:
    """Return what the form proposes for a line whose figure is far from it, or nothing.

    Only what the form shows is held against a figure: who counts blind must not learn the books by being asked back.
    """
    for field in _said_fields(asked, heard):
        try:
            expected = Decimal(field.default.replace(",", "") or "0")
        except InvalidOperation:
            continue
        if expected and not expected * _FEWEST <= Decimal(answers[field.name]) <= expected * _MOST:
            return f"{field.default} {field.unit}".strip()
    return ""


def ask_back(
    talk: Talk, asked: Asked, task_id: int, heard: Mapping[int, Heard], answers: Mapping[str, str], *, why: str
) -> Reply:
    """Keep an answer, and ask whether it was meant so."""
    field = photo_field(asked.form)
    kept = [photos.keep(talk.desk.files, each.content)[0] for each in talk.photos] if field else []
    with writing(talk.desk.engine) as db:
        name = proposals.keep(
            db,
            talk.desk,
            talk.sender,
            talk.reader.address,
            task_id,
            token=asked.form.token,
            answers=answers,
            photos={field: kept} if kept else {},
        )
    said = _said_fields(asked, heard)
    rows = tuple(
        Row(group.title, group.detail, tuple(_figure(each, answers) for each in group.fields if each in said))
        for group in asked.form.groups
        if any(each in said for each in group.fields)
    )
    buttons = (
        Button(say(talk.language, "thread.yes"), f"{SURE}{task_id}:{name}", "good"),
        Button(say(talk.language, "thread.no"), f"{NOT_SO}{task_id}:{name}"),
    )
    title = say(talk.language, "thread.sure", what=asked.form.title)
    card = Card(f"sure:{task_id}", title, why, talk.language, rows=rows, buttons=buttons)
    return Reply(cards=(card,))


def _figure(field: Field, answers: Mapping[str, str]) -> Fact:
    return Fact(field.label, " ".join(filter(None, (answers[field.name], field.unit))))


def photo_field(form: Form | None) -> str:
    return next((each.name for each in form.fields if each.kind == "photo"), "") if form else ""
