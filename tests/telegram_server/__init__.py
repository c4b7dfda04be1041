"""A strict Telegram Bot API server on loopback, and people to talk through it."""

from tests.telegram_server.chats import Answer, Chat, Message, Shown, Tap
from tests.telegram_server.faults import AnswerLost, Broken, CallLost, FaultPlan, Flood, Garbage, Refused, Slow
from tests.telegram_server.limits import Limits
from tests.telegram_server.people import Person
from tests.telegram_server.server import TelegramServer
from tests.telegram_server.state import Call

__all__ = [
    "Answer",
    "AnswerLost",
    "Broken",
    "Call",
    "CallLost",
    "Chat",
    "FaultPlan",
    "Flood",
    "Garbage",
    "Limits",
    "Message",
    "Person",
    "Refused",
    "Shown",
    "Slow",
    "Tap",
    "TelegramServer",
]
