"""What is started from Slack besides a task: a flow chosen on the home tab, or a message made into a paper."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import structlog

from bot import beginning
from bot.channel import DeliveryError, Reply
from bot.outgoing import Outgoing
from bot.slack import modal, render, standing
from bot.slack.filling import Filling
from bot.slack.modal import Origin
from bot.slack.parse import Choice, Shortcut, language_of_words
from bot.slack.send import SlackChannel
from workflows.desk import Desk
from workflows.intents import Address, Sender
from workflows.phrases import say

log = structlog.get_logger()

ABOUT: Final[Mapping[str, str]] = {"make_return": "rma", "make_requisition": "requisition"}
"""The message shortcuts of the manifest, and the kind of paper that each makes of a message."""


class Starts:
    """Starts flows for people, and opens their first form before them."""

    def __init__(self, desk: Desk, channel: SlackChannel, outgoing: Outgoing, filling: Filling) -> None:
        self._desk = desk
        self._channel = channel
        self._outgoing = outgoing
        self._filling = filling

    async def chosen(self, ack: Callable[..., Awaitable[object]], body: Mapping[str, Any]) -> None:
        """Start the flow that was chosen on the home tab."""
        tap = Choice.model_validate(body)
        chat = Address("slack", tap.sender.workspace, tap.sender.user)
        reply = await asyncio.to_thread(
            beginning.begin, self._desk, tap.sender, chat, flow=tap.value, dedupe=f"slack:start:{tap.trigger_id}"
        )
        self._answer(tap.sender, Origin(token="", chat=chat.chat), tap.trigger_id, reply)
        await ack()

    async def made(self, ack: Callable[..., Awaitable[object]], body: Mapping[str, Any]) -> None:
        """Make a message into a paper: the form comes with what the message tells."""
        shortcut = Shortcut.model_validate(body)
        reply = await asyncio.to_thread(
            beginning.begin,
            self._desk,
            shortcut.sender,
            shortcut.chat,
            about=ABOUT.get(shortcut.callback_id, ""),
            words=shortcut.words,
            dedupe=f"slack:start:{shortcut.trigger_id}",
            language=language_of_words(shortcut.words),
        )
        origin = Origin(token="", chat=shortcut.chat.chat, reply_to=shortcut.response_url)
        self._answer(shortcut.sender, origin, shortcut.trigger_id, reply)
        await ack()

    def _answer(self, sender: Sender, origin: Origin, trigger_id: str, reply: Reply) -> None:
        key = f"slack:{sender.workspace}:{origin.chat}"
        self._outgoing.post(key, partial(asyncio.to_thread, self._open, sender, origin, trigger_id, reply), tries=1)

    def _open(self, sender: Sender, origin: Origin, trigger_id: str, reply: Reply) -> None:
        """Open the form, or say in a modal why there is none; what was started waits in the inbox either way."""
        language = standing.language_of(self._desk, sender) or "en"
        if reply.form is not None:
            view = self._filling.view(sender, reply.form, origin)
        else:
            told = reply.words or say(language, "slack.started")
            view = modal.notice("Storekeeper", told, language)
        try:
            self._channel.open_view(sender.workspace, trigger_id, view)
        except DeliveryError as error:
            log.warning("slack_modal_lost", code=error.code)
            if origin.reply_to:
                self._channel.respond(
                    origin.reply_to, render.words(say(language, "slack.form_in_inbox")), replaces=False
                )
