"""What became of a tap, shown on the card that was tapped: at most once a second, and the last state at the end."""

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Final

from bot.channel import DeliveryError, MessageRef
from bot.outgoing import Outgoing
from bot.slack import standing
from bot.slack.send import SlackChannel
from workflows.cards import Card
from workflows.desk import Desk
from workflows.intents import Address

Draw = Callable[[], Card | None]
_Wanted = tuple[Draw, dt.datetime]

GRACE_S: Final = 0.3
"""So long a worker has to bring a message of the notifier's up to date, before the face does it itself: a call spared,
of which Slack takes fifty a minute."""


class Edits:
    """Edits messages in the background. Of what is wanted while an edit waits, only the newest is shown."""

    def __init__(self, desk: Desk, channel: SlackChannel, outgoing: Outgoing) -> None:
        self._desk = desk
        self._channel = channel
        self._outgoing = outgoing
        self._wanted: dict[MessageRef, _Wanted] = {}

    def show(self, chat: Address, message: str, draw: Draw) -> None:
        """Let a message show soon what is drawn then."""
        ref = MessageRef(chat, message)
        self._wanted[ref] = (draw, self._desk.clock())
        self._outgoing.post(f"{chat}:{message}", partial(self._soon, ref))

    async def _soon(self, ref: MessageRef) -> None:
        if ref not in self._wanted:  # shown already with what was wanted later
            return
        await asyncio.sleep(GRACE_S)
        await asyncio.to_thread(self._edit, ref)

    def _edit(self, ref: MessageRef) -> None:
        wanted = self._wanted.pop(ref, None)
        if wanted is None:
            return
        draw, since = wanted
        is_told = standing.is_told(self._desk, ref.chat, ref.id)
        if is_told and standing.is_newer(self._desk, ref.chat, ref.id, since):
            return
        card = draw()
        if card is None:
            return
        try:
            self._channel.edit(MessageRef(ref.chat, standing.whole_ref(self._desk, ref.chat, ref.id)), card)
        except DeliveryError as error:
            if is_told and not error.permanent:
                return  # the notifier shows the same, and what has come since
            if not error.permanent:
                self._wanted.setdefault(ref, wanted)
            raise
