"""A thousand messages that wait, and the worker that sends them, on a clock that moves only while somebody waits."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from bot.pace import OwnKeeper
from bot.telegram.pace import Pace
from bot.telegram.send import TelegramChannel, bot_id_of
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import from_micros, to_micros
from tests.notifier.recorder import NO_DIGEST
from tests.telegram_server import Limits, TelegramServer
from tests.world import World

PRIVATE, GROUPS = 36, 4
MESSAGES = 1_000
"""Of these 10 go to each of 4 groups and the rest to 36 people, 26 or 27 each: all three limits are reached, and the
one over all, of 30 a second, is the narrowest of them."""

_CHAT = text("""
    INSERT INTO chats (platform, workspace, chat, employee_id, purpose)
    VALUES ('telegram', '', :chat, :employee, :purpose) RETURNING id
""")
_MESSAGE = text("INSERT INTO messages (chat_id, subject, made_at) VALUES (:chat, :subject, :now) RETURNING id")
_DELIVERY = text("""
    INSERT INTO deliveries (entry_id, message_id, due_at, made_at)
    VALUES ((SELECT MAX(id) FROM journal), :message, :now, :now)
""")
_WAITING = text("""
    SELECT MIN(CASE WHEN d.due_at > c.turn_at THEN d.due_at ELSE c.turn_at END) AS next, COUNT(*) AS count
    FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id WHERE d.state = 'pending'
""")
_LEFT = text("""
    SELECT COUNT(*) AS messages, COUNT(DISTINCT CASE WHEN c.purpose = 'person' THEN c.id END) AS people
    FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id WHERE d.state = 'pending'
""")


class Backlog:
    """A company that reads on a strict Telegram, which counts by the company's own clock unless one is given."""

    def __init__(self, world: World, telegram: Any = None) -> None:
        self.world = world
        self.limits = Limits(self.seconds)
        self.telegram: Any = telegram or TelegramServer(limits=self.limits)
        self.people: list[int] = []
        self.groups: list[int] = []
        self._numbers: dict[int, int] = {}

    def seconds(self) -> float:
        return self.world.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.world.pass_time(seconds=seconds, microseconds=1)  # which is what its clock can tell

    def channel(self) -> TelegramChannel:
        token = self.telegram.token
        pace = Pace(bot_id_of(token), OwnKeeper(self.seconds), sleep=self.sleep)
        return TelegramChannel(token, base_url=self.telegram.base_url, pace=pace)

    def add_chats(self, *, people: int = PRIVATE, groups: int = GROUPS) -> None:
        """Let Lin read in so many private chats, and the company in so many groups."""
        lin = self.world.person("lin").id
        self.people = [self.telegram.person(f"p{number}").id for number in range(people)]
        self.groups = [self.telegram.group(f"Dock {number}").id for number in range(groups)]
        with writing(self.world.engine) as db:
            for chat in (*self.people, *self.groups):
                is_person = chat > 0
                purpose = "person" if is_person else "alerts"
                row = {"chat": str(chat), "employee": lin if is_person else None, "purpose": purpose}
                self._numbers[chat] = int(db.execute(_CHAT, row).scalar_one())

    def fill(self, count: int = MESSAGES) -> None:
        """Let so many messages wait in all the chats."""
        in_a_group = count // 100
        each, more = divmod(count - len(self.groups) * in_a_group, len(self.people))
        self.add_tasks(each + bool(more))
        for place, chat in enumerate(self.people):
            self.let_wait(chat, self.subjects[: each + (place < more)])
        for chat in self.groups:
            self.let_wait(chat, self.subjects[:in_a_group])

    def add_tasks(self, count: int) -> None:
        """Let so many tasks be open, and told to nobody yet."""
        for number in range(count):
            self.world.given_receipt(("CHAIN", 5, "1"), number=f"{7_000 + number}")
        with writing(self.world.engine) as db:
            db.execute(text("DELETE FROM outbox"))
        with reading(self.world.engine) as db:
            found = db.execute(text("SELECT id FROM tasks WHERE state = 'open' ORDER BY id")).scalars()
            self.subjects = [f"task:{each}" for each in found]

    def let_wait(self, chat: int, subjects: Sequence[str]) -> None:
        now = to_micros(self.world.now)
        with writing(self.world.engine) as db:
            for each in subjects:
                row = {"chat": self._numbers[chat], "subject": each, "now": now}
                db.execute(_DELIVERY, {"message": db.execute(_MESSAGE, row).scalar_one(), "now": now})

    def send(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Let the relay and one worker go on until nothing waits, or until ``until``."""
        relay = replace(self.world.relay(), digest_at=NO_DIGEST)
        while not until():
            if relay.turn():
                continue
            with reading(self.world.engine) as db:
                row = db.execute(_WAITING).one()
            if not row.count:
                return
            self.world.now = max(from_micros(row.next), self.world.now + dt.timedelta(milliseconds=1))

    def waiting(self) -> tuple[int, int]:
        """Return how many deliveries are neither made nor given up, and in how many private chats."""
        with reading(self.world.engine) as db:
            row = db.execute(_LEFT).one()
        return int(row.messages), int(row.people)

    def reasons(self) -> list[tuple[str, int]]:
        """Return how deliveries ended, with the failures that any of them counts."""
        with reading(self.world.engine) as db:
            rows = db.execute(text("SELECT DISTINCT state, attempts FROM deliveries ORDER BY state, attempts"))
            return [(row.state, row.attempts) for row in rows]
