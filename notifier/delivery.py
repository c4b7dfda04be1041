"""Brings one message to its chat: claimed by a lease, built from the present state, sent or edited, and noted.

A message is one card in one chat. All deliveries that wait for it are settled by showing its present state once, so
several changes within a moment are one edit.
"""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection, text

from bot.channel import Channel, DeliveryError, MessageRef, Paced
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from notifier import pictures
from notifier.carriers import Carrier
from notifier.subjects import card_of
from workflows import chats
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address

log = structlog.get_logger()

LEASE = dt.timedelta(seconds=60)
_MOST_ATTEMPTS = 12
_FIRST_WAIT_S = 2.0
_LONGEST_WAIT_S = 600.0
_AHEAD_S = 0.2
"""So much before its chat's turn a message is taken up, so that it is ready when the turn comes."""
_PICTURE_PATIENCE = dt.timedelta(minutes=2)
_UNSURE = 1
"""A lease that is long over, of an attempt that ended without our knowing whether the message arrived. A worker that
was killed leaves such a lease, too; 0 is left by an attempt of which we know how it ended."""

_CLAIM = text("""
    UPDATE messages SET lease_until = :until + CASE WHEN lease_until = 0 THEN 0 ELSE 1 END
    WHERE id = (SELECT message_id FROM deliveries WHERE id = :delivery AND state = 'pending' AND due_at <= :now)
      AND lease_until <= :now
    RETURNING id, lease_until
""")
_MESSAGE = text("""
    SELECT m.subject, m.ref, m.made_at, c.id, c.platform, c.workspace, c.chat, c.is_open, c.language, e.code,
        e.language, CASE w.state WHEN 'removed' THEN w.state ELSE COALESCE(o.state, w.state, '') END
    FROM messages m JOIN chats c ON c.id = m.chat_id LEFT JOIN employees e ON e.id = c.employee_id
    LEFT JOIN slack_workspaces w ON c.platform = 'slack' AND w.team = c.workspace
    LEFT JOIN slack_workspaces o ON o.team = w.via
    WHERE m.id = :id
""")
_WAITING = text("SELECT id FROM deliveries WHERE message_id = :id AND state = 'pending'")
_SETTLE = text("""
    UPDATE deliveries SET state = :state, settled_at = :now, reason = :reason, attempts = attempts + 1 WHERE id = :id
""")
_PUT_OFF = text("""
    UPDATE deliveries SET attempts = attempts + :failed, due_at = :due, reason = :reason WHERE id = :id
    RETURNING attempts
""")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker works with: the desk, a channel a platform that is set up, and the carriers by name."""

    desk: Desk
    channels: Mapping[str, Channel]
    carriers: Mapping[str, Carrier] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Message:
    id: int
    subject: str
    ref: str
    key: str
    is_again: bool
    is_old: bool
    chat_id: int
    address: Address
    is_open: bool
    is_removed: bool
    reader: Reader
    waiting: tuple[int, ...]


def deliver(tools: Tools, delivery_id: int) -> None:
    """Bring the message of one delivery up to date. Calling it again, or twice at once, does no harm."""
    desk = tools.desk
    now = desk.clock()
    until = to_micros(now + LEASE)
    with writing(desk.engine) as db:
        claimed = db.execute(_CLAIM, {"delivery": delivery_id, "now": to_micros(now), "until": until}).first()
    if claimed is None:
        return
    with reading(desk.engine) as db:
        message = _load(db, int(claimed.id), now, is_again=claimed.lease_until != until)
    try:
        ref = _show(tools, message)
    except DeliveryError as error:
        _failed(tools, message, error)
    except _NotYetError:
        _put_off(desk, message, "picture", wait_s=1.0, is_unsure=message.is_again)
    except Exception:  # a bug: it is logged by the worker, tried again later, and given up like any other failure
        _put_off(desk, message, "fault", wait_s=None, is_unsure=True)
        raise
    else:
        _settle(desk, message, "delivered", ref=ref, rest_s=_rest_s(tools, message))


class _NotYetError(Exception):
    """The message's picture is still being drawn."""


def _load(db: Connection, message_id: int, now: dt.datetime, *, is_again: bool) -> _Message:
    row = db.execute(_MESSAGE, {"id": message_id}).one()
    address = Address(row[4], row[5], row[6])
    return _Message(
        id=message_id,
        subject=row[0],
        ref=row[1],
        key=f"{message_id}.{row[2]}",  # ids begin anew in another database, moments don't
        is_again=is_again,
        is_old=row[2] < to_micros(now - _PICTURE_PATIENCE),
        chat_id=row[3],
        address=address,
        is_open=bool(row[7]),
        is_removed=row[11] == "removed",
        reader=Reader(row[10] or row[8], address, row[9] or ""),
        waiting=tuple(db.execute(_WAITING, {"id": message_id}).scalars()),
    )


def _show(tools: Tools, message: _Message) -> str:
    """Send or edit, and return the message's reference. Raises DeliveryError."""
    channel = tools.channels.get(message.address.platform)
    if channel is None:
        raise DeliveryError("platform_not_set_up", permanent=True)
    if message.is_removed:
        raise DeliveryError("not_installed", permanent=True)
    if not message.is_open:
        raise DeliveryError("chat_closed", permanent=True)
    card = card_of(tools.desk, message.subject, message.reader)
    if card is None:
        raise DeliveryError("subject_gone", permanent=True)
    if message.ref:
        channel.edit(MessageRef(message.address, message.ref), card)
        return message.ref
    with reading(tools.desk.engine) as db:
        wanted = pictures.of_subject(db, message.subject, message.reader.language)
    if wanted and wanted.state == "wanted" and not message.is_old:
        raise _NotYetError
    picture = pictures.read(tools.desk, wanted.id) if wanted else None
    return channel.send(message.address, card, picture, key=message.key, is_again=message.is_again).id


def _rest_s(tools: Tools, message: _Message) -> float:
    """Return after how many seconds the message's chat takes the next one."""
    channel = tools.channels.get(message.address.platform)
    return channel.rest_s(message.address) if isinstance(channel, Paced) else 0.0


def _note_turn(db: Connection, desk: Desk, message: _Message, rest_s: float) -> None:
    """Let nothing more be taken up for a chat until its turn is near: the most urgent message gets it then."""
    if rest_s > _AHEAD_S:
        turn = to_micros(desk.clock() + dt.timedelta(seconds=rest_s - _AHEAD_S))
        db.execute(text("UPDATE chats SET turn_at = :turn WHERE id = :id"), {"turn": turn, "id": message.chat_id})


def _settle(desk: Desk, message: _Message, state: str, *, ref: str, reason: str = "", rest_s: float = 0.0) -> None:
    now = to_micros(desk.clock())
    with writing(desk.engine) as db:
        _note_turn(db, desk, message, rest_s)
        db.execute(
            text("UPDATE messages SET ref = :ref, lease_until = 0 WHERE id = :id"), {"ref": ref, "id": message.id}
        )
        for each in message.waiting:
            db.execute(_SETTLE, {"id": each, "state": state, "now": now, "reason": reason})
    log.info("delivery_settled", message_id=message.id, state=state, reason=reason)


def _failed(tools: Tools, message: _Message, error: DeliveryError) -> None:
    desk = tools.desk
    if error.moved_to:
        with writing(desk.engine) as db:
            chats.move(db, message.chat_id, error.moved_to, now=desk.clock())
        _put_off(desk, message, error.code, wait_s=0, is_unsure=message.is_again)
    elif error.permanent:
        _settle(desk, message, "dead", ref=message.ref, reason=error.code)
        if error.code in chats.REASONS:
            with writing(desk.engine) as db:
                chats.close(db, message.chat_id, error.code, now=desk.clock())
    else:
        wait_s, rest_s = error.retry_after_s, _rest_s(tools, message)
        _put_off(desk, message, error.code, wait_s=wait_s, is_unsure=error.may_have_arrived, rest_s=rest_s)


def _put_off(
    desk: Desk, message: _Message, reason: str, *, wait_s: float | None, is_unsure: bool, rest_s: float = 0.0
) -> None:
    """Try again in ``wait_s``, which is nobody's failure; or later at each failure, until it is given up.

    Where it is the chat that rests, the message is due when the chat's turn is near.
    """
    now = desk.clock()
    if wait_s is not None and rest_s:
        wait_s = max(wait_s - _AHEAD_S, 0.0)
    with writing(desk.engine) as db:
        _note_turn(db, desk, message, rest_s)
        lease = {"id": message.id, "lease": _UNSURE if is_unsure else 0}
        db.execute(text("UPDATE messages SET lease_until = :lease WHERE id = :id"), lease)
        due = to_micros(now + dt.timedelta(seconds=wait_s or 0))
        for each in message.waiting:
            put_off = {"id": each, "due": due, "reason": reason, "failed": int(wait_s is None)}
            attempts = db.execute(_PUT_OFF, put_off).scalar_one()
            if wait_s is None:
                wait = min(_FIRST_WAIT_S * 2 ** (attempts - 1), _LONGEST_WAIT_S) * random.uniform(0.8, 1.2)  # noqa: S311
                due = to_micros(now + dt.timedelta(seconds=wait))
                db.execute(text("UPDATE deliveries SET due_at = :due WHERE id = :id"), {"id": each, "due": due})
                if attempts >= _MOST_ATTEMPTS:
                    db.execute(
                        _SETTLE, {"id": each, "state": "dead", "now": to_micros(now), "reason": f"gave up: {reason}"}
                    )
    log.info("delivery_put_off", message_id=message.id, reason=reason)
