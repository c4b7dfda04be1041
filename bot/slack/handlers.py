"""A request of Slack in, its effect in the database, and the answer on its way out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import structlog

from bot import conversation
from bot.channel import DeliveryError, Reply
from bot.outgoing import Outgoing
from bot.plain import language_of
from bot.slack import render, standing
from bot.slack.api import Api
from bot.slack.edits import Draw, Edits
from bot.slack.failures import delivery_error
from bot.slack.filling import Filling, refusal
from bot.slack.homes import Homes
from bot.slack.listening import Listener
from bot.slack.missed import Missed
from bot.slack.modal import Origin
from bot.slack.parse import Command, Posted, Tap, language_of_words, team_of
from bot.slack.posting import Posting
from bot.slack.render import Message
from bot.slack.send import SlackChannel
from bot.slack.sharing import SHARE, offered, share, unfolded
from bot.slack.starts import Starts
from bot.taps import Taps
from inventory_core.db.engine import reading
from workflows import people
from workflows.cards import Button, Card, Form, Refused
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Intent, Sender
from workflows.phrases import say

log = structlog.get_logger()

Ack = Callable[..., Awaitable[object]]
Body = Mapping[str, Any]

_LINK: Final = frozenset({"/link", "/绑定"})
_ANSWERS_MAX: Final = 5
"""How often Slack takes an answer to one command."""


class Handlers:
    """Takes what people do. When a method returns, the effect is committed and the answer is being sent."""

    def __init__(self, desk: Desk, api: Api) -> None:
        self._desk = desk
        self._api = api
        self._channel = SlackChannel(api)
        self._taps = Taps(desk)
        self.outgoing = Outgoing("slack", delivery_error)
        self._edits = Edits(desk, self._channel, self.outgoing)
        self.homes = Homes(desk, self._channel, self.outgoing)
        self.filling = Filling(desk, api, self.outgoing, show=self._show_card)
        self.starts = Starts(desk, self._channel, self.outgoing, self.filling)
        self._listener = Listener(desk, api, self.outgoing, apart=_apart)
        self.missed = Missed(desk, api, self._listener)

    async def tapped(self, ack: Ack, body: Body) -> None:
        """Act on a tap, or open the form behind it."""
        tap = Tap.model_validate(body)
        if tap.token.startswith(SHARE):
            self._post(tap.chat, self._share, tap, Posting(self._channel))
        elif conversation.leads_on(tap.token) and (told := await asyncio.to_thread(self._followed, tap)) is not None:
            if told.form is not None:
                self._post(tap.chat, self._ask, tap, told.form, tries=1)
            self._tell(tap, replace(told, form=None))
        elif tap.token:
            intent = Intent(tap.sender, tap.chat, tap.token, tap.dedupe)
            result = await self._taps.settle(intent)
            log.info("slack_tap", refused=isinstance(result, Refused), asks=isinstance(result, Form))
            if isinstance(result, Form):
                self._post(tap.chat, self._ask, tap, result, tries=1)
            elif isinstance(result, Refused):
                self._post(tap.chat, self._refuse, tap, result)
                self._show(tap.origin, tap.sender, _as_drawn(result.card))
            else:
                self._show(tap.origin, tap.sender, result.draw)
        await ack()

    async def commanded(self, ack: Ack, body: Body) -> None:
        """Answer a slash command, so that only the person who wrote it sees the answer."""
        command = Command.model_validate(body)
        reply = await asyncio.to_thread(self._answer_command, command)
        language = standing.language_of(self._desk, command.sender) or "en"
        first, *more = offered(_together(reply), reply, command.chat, language) or [Message(" ", ())]
        url = str(body.get("response_url", ""))
        for each in more:
            self._post(command.chat, self._channel.respond, url, each, replaces=False)
        if reply.paper is not None:
            self._post(command.chat, self._channel.hand, command.chat, command.user_id, reply.paper)
        await ack(response_type="ephemeral", text=first.text, blocks=[each.to_dict() for each in first.blocks])

    async def heard(self, event: Body, body: Body) -> None:
        """Answer a message to the bot, or in the thread of a card of ours."""
        await self._listener.heard(event, team_of(body))

    def _followed(self, tap: Tap) -> Reply | None:
        return conversation.followed(self._desk, tap.sender, tap.chat, tap.token, dedupe=tap.dedupe)

    def _share(self, tap: Tap, posting: Posting) -> None:
        """Show the channel what only the person saw; it is looked up anew, by their right."""
        sender, token = tap.sender, tap.token.removeprefix(SHARE)
        with reading(self._desk.engine) as db:
            employee = people.who(db, sender)
        answer = conversation.followed(self._desk, sender, tap.chat, token, dedupe=tap.dedupe)
        if employee is not None and answer is not None:
            language = employee.language
            share(
                self._channel, posting, tap.chat, answer, by=employee.name, language=language, reply_to=tap.response_url
            )

    async def linked(self, event: Body, body: Body) -> None:
        """Unfold links to our pages in a message."""
        posted = Posted.model_validate(event)
        sender = Sender("slack", team_of(body), posted.user)
        found = await asyncio.to_thread(unfolded, self._desk, sender, [each.url for each in posted.links])
        if found:
            chat = Address("slack", sender.workspace, posted.channel)
            self._post(chat, self._channel.unfurl, chat, posted.message_ts, found)

    def _tell(self, tap: Tap, told: Reply) -> None:
        """Answer a tap that asked for a story, or confirmed figures: for the person alone where only they saw it."""
        if tap.origin.reply_to:
            for number, each in enumerate(_together(told)):
                replaces = told.replaces and number == 0
                self._post(tap.chat, self._channel.respond, tap.origin.reply_to, each, replaces=replaces)
        elif told.replaces:
            said = render.words(told.words)
            self._post(tap.chat, self._channel.replace, tap.chat, tap.container.message_ts, said)
            self._say(tap.chat, replace(told, words=""), thread=tap.container.thread_ts)
        else:
            self._say(tap.chat, told, thread="")

    def _answer_command(self, command: Command) -> Reply:
        chat, language = command.chat, self._language(command.sender, command.text)
        if command.command in _LINK and not chat.chat.startswith("D"):
            # Cards go to the person, not to the channel in which they happened to type the code.
            try:
                chat = self._channel.direct_chat(chat, command.user_id)
            except DeliveryError:
                return Reply(say(language or "en", "slack.try_again"))
        reply = conversation.answer(
            self._desk, command.sender, chat, command.words, dedupe=command.dedupe, language=language
        )
        if reply.paper is None:
            return reply
        own = language or standing.language_of(self._desk, command.sender) or "en"
        return replace(reply, words=f"{reply.words}\n{say(own, 'slack.file_sent')}")

    def _language(self, sender: Sender, words: str) -> Language | None:
        """Return the language of the words for somebody who is not linked; an employee has one of their own."""
        return None if standing.language_of(self._desk, sender) else language_of_words(words)

    def _ask(self, tap: Tap, form: Form) -> None:
        """Open a form's modal; a tap whose time is over is told so."""
        try:
            view = self.filling.view(tap.sender, form, tap.origin)
            self._channel.open_view(tap.sender.workspace, tap.trigger_id, view)
        except DeliveryError as error:
            log.warning("slack_modal_lost", code=error.code)
            self._channel.whisper(
                tap.chat, tap.user.id, render.words(say(language_of(form.language), "slack.tap_again"))
            )

    def _refuse(self, tap: Tap, refused: Refused) -> None:
        if tap.is_home:
            self._channel.open_view(tap.sender.workspace, tap.trigger_id, refusal(refused))
        else:
            self._channel.whisper(tap.chat, tap.user.id, render.words(refused.words))

    def _show_card(self, origin: Origin, sender: Sender, card: Card | None) -> None:
        self._show(origin, sender, _as_drawn(card))

    def _show(self, origin: Origin, sender: Sender, draw: Draw) -> None:
        """Show what became of it where it was tapped."""
        chat = Address("slack", sender.workspace, origin.chat)
        if origin.chat == sender.user:
            self.homes.show(sender)
        elif origin.reply_to:
            self._post(chat, self._answer_there, chat, sender.user, origin, draw)
        elif origin.message:
            self._edits.show(chat, origin.message, draw)

    def _answer_there(self, chat: Address, user: str, origin: Origin, draw: Draw) -> None:
        card = draw()
        if card is not None:
            # A form that was opened from a message of somebody's has no card of ours to replace.
            shown = render.card(card, most=1)[0]
            self._respond(chat, user, origin.reply_to, shown, replaces=bool(origin.message))

    def _respond(self, chat: Address, user: str, url: str, message: Message, *, replaces: bool) -> None:
        """Answer at the address of a tap, or beside it when that address is good no more."""
        try:
            self._channel.respond(url, message, replaces=replaces)
        except DeliveryError as error:
            if not error.permanent:
                raise
            self._channel.whisper(chat, user, message)

    def _say(self, chat: Address, reply: Reply, *, thread: str) -> None:
        if messages := _apart(reply):
            self._post(chat, Posting(self._channel).post, chat, messages, thread=thread)
        if reply.picture is not None:
            self._post(chat, self._channel.upload, chat, reply.picture, thread=thread)
        if reply.paper is not None:
            self._post(chat, self._channel.upload, chat, reply.paper, thread=thread)

    def _post(
        self, chat: Address | str, call: Callable[..., object], *given: Any, tries: int = 4, **named: Any
    ) -> None:
        self.outgoing.post(str(chat), lambda: asyncio.to_thread(partial(call, *given, **named)), tries=tries)


def _as_drawn(card: Card | None) -> Draw:
    return lambda: card


def _apart(reply: Reply) -> Sequence[Message]:
    """Return a reply with each card as a message of its own, so that its thread is about it alone."""
    said = [render.words(reply.words)] if reply.words else []
    return (*said, *(message for each in reply.cards for message in render.card(each)), *_offer(reply.form))


def _together(reply: Reply) -> Sequence[Message]:
    """Return a reply as the few messages that a command is answered with."""
    offer = _offer(reply.form)
    return (*render.several(reply.cards, before=reply.words, most=_ANSWERS_MAX - len(offer)), *offer)


def _offer(form: Form | None) -> Sequence[Message]:
    """Return the button that opens a form: Slack opens one for a tap alone."""
    if form is None:
        return ()
    offered = Button(say(language_of(form.language), "slack.fill_in"), form.token, opens_form=True)
    return (Message(form.title, tuple(render.buttons([offered]))),)
