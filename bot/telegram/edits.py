"""What became of a tap, shown on the card that was tapped, unless the notifier shows it anyway.

An edit counts like a message, of which a group takes twenty a minute: none is to be spent twice on the same state.
"""

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Final

from telegram import Bot
from telegram.error import TelegramError

from bot.channel import MessageRef
from bot.outgoing import Outgoing
from bot.telegram import standing
from bot.telegram.failures import delivery_error
from bot.telegram.send import edit_card
from workflows.cards import Card
from workflows.desk import Desk

Draw = Callable[[], Card | None]
_Wanted = tuple[Draw, dt.datetime]

GRACE_S: Final = 0.3
"""So long a worker has to bring a message of the notifier's up to date, before the face does it itself."""


class Edits:
    """Edits messages in the background. Of what is wanted while an edit waits, only the newest is shown."""

    def __init__(self, desk: Desk, bot: Bot, outgoing: Outgoing) -> None:
        self._desk = desk
        self._bot = bot
        self._outgoing = outgoing
        self._wanted: dict[MessageRef, _Wanted] = {}

    def show(self, message: MessageRef, draw: Draw) -> None:
        """Let a message show soon what is drawn then."""
        self._wanted[message] = (draw, self._desk.clock())
        self._outgoing.post(f"{message.chat}:{message.id}", partial(self._soon, message))

    async def _soon(self, message: MessageRef) -> None:
        if message not in self._wanted:  # shown already with what was wanted later
            return
        await asyncio.sleep(GRACE_S)
        draw, since = wanted = self._wanted.pop(message)
        card, is_told = await asyncio.to_thread(self._drawn, message, draw, since)
        if card is None:
            return
        try:
            await edit_card(self._bot, message, card)
        except TelegramError as error:
            if not delivery_error(error).permanent:
                if is_told:
                    return  # the notifier shows the same, and what has come since
                self._wanted.setdefault(message, wanted)
            raise

    def _drawn(self, message: MessageRef, draw: Draw, since: dt.datetime) -> tuple[Card | None, bool]:
        """Return the card to be shown, None where the notifier is faster, and whether the message is the notifier's."""
        is_told, is_newer = standing.told(self._desk, message, since)
        return (None if is_newer else draw()), is_told
