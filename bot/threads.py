"""What is said in the thread of a card without answering it: kept with the case, and shown on everybody's card."""

from sqlalchemy import Connection, text

from bot.channel import Reply
from bot.talk import Talk
from inventory_core.db.engine import writing
from workflows import asides, cases, remarks
from workflows.phrases import say


def case_behind(db: Connection, talk: Talk) -> int | None:
    """Return the case that a message is about, or None when the card that it replies to is about none."""
    if talk.task_id is not None:
        task = cases.task(db, talk.task_id)
        return task.instance_id if task else None
    kind, _, number = talk.about.partition(":")
    if kind == "remark" and number.isdigit():
        found = db.execute(text("SELECT instance_id FROM remarks WHERE id = :id"), {"id": int(number)}).scalar()
        return int(found) if found is not None else None
    return talk.case_id


def remarked(talk: Talk, words: str) -> Reply:
    """Keep words as a comment on the case. Where it has none, colleagues talk among themselves in a shared chat."""
    said = words.strip()
    with writing(talk.desk.engine) as db:
        case_id = case_behind(db, talk)
        if case_id is None:
            return Reply() if talk.is_shared else talk.say("thread.no_case")
        if not asides.has_part(db, talk.desk, case_id, talk.employee):
            return talk.say("thread.no_part")
        if len(said) > remarks.LONGEST:
            return talk.say("thread.too_long", most=remarks.LONGEST, n=len(said))
        task = cases.last_task(db, case_id)
        asides.comment(db, talk.desk, task.id, talk.employee, said, dedupe=f"words:{talk.dedupe}")
    return Reply(say(talk.language, "done.commented"), is_noted=True)
