"""The relay: expands journal entries into deliveries, looks after alerts and the clock, and hands work to the queue.

The database is the truth. A delivery is committed before its job is queued; whatever the queue loses is queued again.
"""

import datetime as dt
import signal
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog
from redis import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bot.ranks import OF_KIND, Rank
from inventory_core import documents, journal
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.journal import Entry
from inventory_core.stages import WRITTEN_BY_STAGES, full_count, receiving, sheets
from notifier import alerts, bookings, digests, pictures
from notifier.delivery import LEASE
from notifier.recipients import of_entry
from workflows import asides, cases, deadlines, moves, prefilled, signals
from workflows.desk import Desk

log = structlog.get_logger()

_BATCH = 100
_AGAIN_AFTER = dt.timedelta(seconds=10)
_DUE_EVERY = dt.timedelta(seconds=60)
_TICK_EVERY = dt.timedelta(seconds=1)
_MOST_OPENED_AT_ONCE = 200
_IDLE_S = 0.05
_AWAY_S = 1.0

_FRESH_S = 5
"""A message that was taken up so lately is on its way; an older lease is rather that of a worker that died."""

QUEUES = {Rank.ALERT: "urgent", Rank.TASK: "notify", Rank.DIGEST: "later"}
"""Where the jobs of deliveries go, by the rank of what they bring."""

Enqueue = Callable[[str, int], None]
"""Puts a job on a queue: its name (one of QUEUES, carriers or charts) and the row's number.

Raises when the queue is away.
"""

Work = tuple[str, int, int]
"""A job that waits: its queue, the row's number, and the moment since when it waits, so far as that matters."""

_URGENCY = f"""
    CASE {" ".join(f"WHEN m.subject LIKE '{kind}:%' THEN {rank:d}" for kind, rank in OF_KIND.items())}
    ELSE {Rank.TASK:d} END
"""
_DUE = text(f"""
    SELECT id, urgency, since FROM (
        SELECT MIN(d.id) AS id, {_URGENCY} AS urgency, c.platform,
            CASE WHEN {_URGENCY} = {Rank.ALERT:d} OR MIN(d.due_at) > c.turn_at THEN MIN(d.due_at)
                ELSE c.turn_at END AS since,
            ROW_NUMBER() OVER (PARTITION BY m.chat_id ORDER BY {_URGENCY}, MIN(d.id)) AS place
        FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id
        WHERE d.state = 'pending' AND d.due_at <= :now AND m.lease_until <= :now
            AND ({_URGENCY} = {Rank.ALERT:d} OR (c.turn_at <= :now
                AND m.chat_id NOT IN (SELECT o.chat_id FROM messages o WHERE o.lease_until > :fresh)))
        GROUP BY d.message_id, m.chat_id, m.subject, c.platform, c.turn_at
    ) AS due WHERE place = 1 OR platform = 'web' ORDER BY urgency, since, id LIMIT :limit
""")  # noqa: S608 (names of ours)


@dataclass(slots=True)
class Relay:
    """One relay. ``carriers`` names those that are booked over the network, in small letters; ``queued`` remembers
    what it queued lately, so that a waiting row is not queued at each look.
    """

    desk: Desk
    enqueue: Enqueue
    digest_at: dt.time
    carriers: Collection[str] = ()
    queued: dict[Work, dt.datetime] = field(default_factory=dict)
    next_tick: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    next_due: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    def turn(self) -> bool:
        """Do what there is to do now, and tell whether there was any."""
        now = self.desk.clock()
        told = self._tell()
        if told:  # what stages wait for has happened then, or not at all
            signals.settle(self.desk)
        if now >= self.next_tick:
            self.next_tick = now + _TICK_EVERY
            told = deadlines.tick(self.desk) > 0 or told
            told = start_waiting(self.desk) > 0 or told
            told = stop_sheets(self.desk) > 0 or told
        if now >= self.next_due:
            self.next_due = now + _DUE_EVERY
            expect_due_orders(self.desk)
            plan_counts(self.desk)
            digests.catch_up(self.desk, self.digest_at)
            told = signals.settle(self.desk) > 0 or told
        return self._queue(now) or told

    def _tell(self) -> bool:
        with reading(self.desk.engine) as db:
            if db.execute(text("SELECT 1 FROM outbox LIMIT 1")).first() is None:
                return False
        with writing(self.desk.engine) as db:
            entries = journal.untold(db, limit=_BATCH)
            for entry in entries:
                expand(db, self.desk, entry)
                if entry.kind == "delivery.sent" and entry.document_id is not None:
                    bookings.want(db, self.desk, entry.document_id, self.carriers)
            journal.mark_told(db, entries)
        return bool(entries)

    def _queue(self, now: dt.datetime) -> bool:
        """Queue pictures to draw and deliveries that are due; those of a lost queue again after a while."""
        with reading(self.desk.engine) as db:
            work: list[Work] = [("charts", each, 0) for each in pictures.undrawn(db, limit=_BATCH)]
            work += _due_deliveries(db, now)
            work += [("carriers", each, 0) for each in bookings.due(db, now, limit=_BATCH)]
        waiting = set(work)
        self.queued = {key: at for key, at in self.queued.items() if key in waiting}
        fresh = [each for each in work if each not in self.queued or now - self.queued[each] > _AGAIN_AFTER]
        for each in fresh:
            queue, number, _ = each
            self.enqueue(queue, number)
            self.queued[each] = now
        return bool(fresh)


def run_forever(relay: Relay, *, on_ready: Callable[[], None]) -> None:
    """Work until the process is asked to stop. A queue that is away is tried again; nothing is lost meanwhile."""
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: stop.set())
    on_ready()
    while not stop.is_set():
        try:
            if not relay.turn():
                stop.wait(_IDLE_S)
        except (RedisError, OperationalError) as error:
            log.warning("relay_waits", error=type(error).__name__)
            stop.wait(_AWAY_S)


def expand(db: Connection, desk: Desk, entry: Entry) -> None:
    """Turn one journal entry into deliveries, one a chat and message, and look at the alerts that it may change."""
    if entry.kind == "stock.moved":
        alerts.look(db, desk, entry.facts["items"])
    now = to_micros(desk.clock())
    for chat_id, subject in of_entry(db, entry):
        message_id = db.execute(
            text("""
                INSERT INTO messages (chat_id, subject, made_at) VALUES (:chat, :subject, :now)
                ON CONFLICT (chat_id, subject) DO UPDATE SET subject = excluded.subject RETURNING id
            """),
            {"chat": chat_id, "subject": subject, "now": now},
        ).scalar_one()
        db.execute(
            text("""
                INSERT INTO deliveries (entry_id, message_id, due_at, made_at) VALUES (:entry, :message, :now, :now)
                ON CONFLICT (entry_id, message_id) DO NOTHING
            """),
            {"entry": entry.id, "message": message_id, "now": now},
        )


def _due_deliveries(db: Connection, now: dt.datetime) -> list[Work]:
    """Return one due delivery a message, the most urgent first: showing its present state settles the others too.

    A chat gets one message at a time, when it has its turn: the next is chosen then, so that whatever is more urgent
    comes before what waits longer. Of chats the one goes first whose turn came first. An alert is tried at once. The
    web's inboxes take everything.
    """
    fresh = now + LEASE - dt.timedelta(seconds=_FRESH_S)
    rows = db.execute(_DUE, {"now": to_micros(now), "fresh": to_micros(fresh), "limit": _BATCH})
    return [(QUEUES[Rank(row.urgency)], int(row.id), int(row.since)) for row in rows]


def expect_due_orders(desk: Desk) -> int:
    """Start the receipt flow of each purchase order that is due, and return how many were started.

    While the buyer still decides about the rest of an order, it is not expected again.
    """
    with reading(desk.engine) as db:
        due = _waited_for(db, desk.today())[:_MOST_OPENED_AT_ONCE]
    for order_id in due:
        with writing(desk.engine) as db:
            documents.lock(db, order_id)
            if order_id in _waited_for(db, desk.today()):  # another relay may have been faster
                receipt_id = receiving.expect(db, order_id, today=desk.today())
                moves.start(db, desk, documents.load(db, receipt_id))
    return len(due)


def plan_counts(desk: Desk) -> None:
    """Write the day's count sheet, where one is due."""
    with writing(desk.engine) as db:
        site = db.execute(text("SELECT id FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar()
        if site is not None:
            sheets.plan(db, site_id=int(site), today=desk.today())


def start_waiting(desk: Desk) -> int:
    """Start the flow of each paper that a stage wrote and that none runs about yet; return how many were started."""
    with reading(desk.engine) as db:
        waiting = cases.unstarted(db, WRITTEN_BY_STAGES)
    for document_id in waiting:
        with writing(desk.engine) as db:
            documents.lock(db, document_id)
            if document_id in cases.unstarted(db, WRITTEN_BY_STAGES):  # another relay may have been faster
                moves.start(db, desk, documents.load(db, document_id))
    return len(waiting) + prefilled.start_written(desk)


def stop_sheets(desk: Desk) -> int:
    """Stop the cases of count sheets whose stocktake was stopped or withdrawn; return how many."""
    with reading(desk.engine) as db:
        if not full_count.abandoned(db) and not asides.has_stopped_sheets(db):
            return 0
    with writing(desk.engine) as db:
        for each in full_count.abandoned(db):
            full_count.drop_sheets(db, each)
        return asides.stop_sheets(db, desk)


def _waited_for(db: Connection, today: dt.date) -> list[int]:
    return [each for each in receiving.due_orders(db, today) if not cases.is_open_about(db, each)]
