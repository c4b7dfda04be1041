"""Codes as scans: each confirms a line of the card replied to, or of the only pick that it stands on."""

import re
from collections.abc import Sequence

from bot import settling
from bot.channel import Reply
from bot.hearing import hear
from bot.talk import Talk
from inventory_core.document import Line
from workflows import inbox, scanning
from workflows.phrases import say
from workflows.scanning import Walk


def scanned(talk: Talk, code: str) -> Reply | None:
    """Take a code as a scan for the card replied to, or for the only pick that it stands on; None for neither."""
    open_ = walks(talk)
    meant = [each for each in open_ if each.knows(code)]
    if len(meant) == 1:
        return _scan(talk, meant[0], code)
    is_code = re.fullmatch(r"(?=.*[A-Za-z])(?=.*[\d-])\S+", code) is not None
    if not (talk.about and open_ and is_code) or hear(code, open_[0].document.lines):
        return None
    return _told_next(talk, "scan.unknown", open_[0].left, code=code)


def walks(talk: Talk) -> Sequence[Walk]:
    """Return the cards that are confirmed by scans: that replied to, or all of this person's."""
    open_ = scanning.walks(talk.desk, talk.employee)
    if not talk.about:
        return open_
    return [each for each in open_ if each.task.id == talk.task_id or each.task.instance_id == talk.case_id]


def _scan(talk: Talk, walk: Walk, code: str) -> Reply:
    done = scanning.scan(talk.desk, walk, code, talk.employee)
    if done.line is None:
        key = "scan.several" if done.meant else "scan.again"
        return _told_next(talk, key, done.left, code=code, n=done.meant)
    if done.left:
        return _told_next(talk, "scan.confirmed", done.left, item=done.line.item_code, code=code, n=len(done.left))
    card = inbox.task_card(talk.desk, walk.task.id, talk.reader)
    label = walk.outcome.label.fill(talk.language, {})
    token = next((each.token for each in card.buttons if each.label == label), "") if card else ""
    return settling.acted(talk, token, {})


def _told_next(talk: Talk, key: str, left: Sequence[Line], **blanks: str | int) -> Reply:
    """Return a sentence about a scan, with the next line to scan below it."""
    words = say(talk.language, key, **blanks)
    if not left:
        return Reply(words)
    line = left[0]
    amount = next(iter(line.quantity(n) for n in ("to_pick", "ordered") if n == "ordered" or n in line.fields))
    place = " · ".join(str(line.fields[name]) for name in ("bin", "lot") if line.fields.get(name))
    after = say(talk.language, "scan.next", item=line.item_code, place=place, amount=line.write(amount), unit=line.unit)
    return Reply(f"{words}\n{after}")
