"""What became of a tap, shown on the card that was tapped: at most once a second, and the last state at the end."""

import asyncio
import datetime as dt
from functools import partial

from bot.channel import DeliveryError, MessageRef
from bot.outgoing import Outgoing
from bot.slack import standing
from bot.slack.send import SlackChannel
from workflows.cards import Card
from workflows.desk import Desk
from workflows.intents import Address

_Wanted = tuple[Card, dt.datetime]


class Edits:
    """Edits messages in the background. Of what is wanted while an edit waits, only the newest is shown."""

    def __init__(self, desk: Desk, channel: SlackChannel, outgoing: Outgoing) -> None:
        self._desk = desk
        self._channel = channel
        self._outgoing = outgoing
        self._wanted: dict[MessageRef, _Wanted] = {}

    def show(self, chat: Address, message: str, card: Card) -> None:
        """Let a message show a card soon."""
        ref = MessageRef(chat, message)
        self._wanted[ref] = (card, self._desk.clock())
        self._outgoing.post(f"{chat}:{message}", partial(asyncio.to_thread, self._edit, ref))

    def _edit(self, ref: MessageRef) -> None:
        wanted = self._wanted.pop(ref, None)
        if wanted is None:  # shown already with one that was wanted later
            return
        card, since = wanted
        is_told = standing.is_told(self._desk, ref.chat, ref.id)
        if is_told and standing.is_newer(self._desk, ref.chat, ref.id, since):
            return
        try:
            self._channel.edit(MessageRef(ref.chat, standing.whole_ref(self._desk, ref.chat, ref.id)), card)
        except DeliveryError as error:
            if is_told and not error.permanent:
                return  # the notifier shows the same, and what has come since
            if not error.permanent:
                self._wanted.setdefault(ref, wanted)
            raise
