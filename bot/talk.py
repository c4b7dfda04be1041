"""One message of somebody's, with all that an answer to it needs."""

from dataclasses import dataclass

from bot.channel import Reply
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Photo, Sender
from workflows.people import Employee
from workflows.phrases import say


@dataclass(frozen=True, slots=True)
class Talk:
    """Who says it where, in which language the answer goes, and what it is about.

    ``about`` is the subject of the card that it replies to, or empty; ``is_shared``: others read the same chat;
    ``photos`` are those that came with the words, and can be read.
    """

    desk: Desk
    sender: Sender
    employee: Employee
    reader: Reader
    dedupe: str
    about: str
    is_shared: bool = False
    photos: tuple[Photo, ...] = ()

    @property
    def language(self) -> Language:
        return self.reader.language

    @property
    def task_id(self) -> int | None:
        """The task whose card, or reminder, it replies to."""
        kind, _, name = self.about.partition(":")
        number = name.partition(".")[0]
        return int(number) if kind in ("task", "late") and number.isdigit() else None

    @property
    def case_id(self) -> int | None:
        """The case whose card it replies to, where that asks nothing by itself."""
        kind, _, number = self.about.partition(":")
        return int(number) if kind == "case" and number.isdigit() else None

    def say(self, key: str, **blanks: str | int) -> Reply:
        return Reply(say(self.language, key, **blanks))
