"""Messages that people write: to the bot in their own chat, and in the threads of its cards in channels.

In a channel only a thread under a message of ours is heard, and answered for its writer alone; whatever else is said
there is neither answered nor kept nor logged.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bot import conversation, pictured
from bot.channel import DeliveryError, Reply
from bot.outgoing import Outgoing, Turns
from bot.pictured import Sent
from bot.slack import files, render, standing
from bot.slack.answers import File
from bot.slack.api import Api
from bot.slack.files import PhotoLost
from bot.slack.parse import Said, language_of_words
from bot.slack.posting import Posting
from bot.slack.render import Message
from bot.slack.send import SlackChannel
from workflows.desk import Desk
from workflows.intents import Address, Photo, Sender
from workflows.phrases import say

_REMEMBERED: Final = 10_000
_AT_ONCE: Final = 3
"""So many files are fetched beside each other."""

Apart = Callable[[Reply], Sequence[Message]]


class Listener:
    """Takes messages, each once however often Slack sends it; ``apart`` draws an answer.

    What was taken before a restart is not remembered: there the acts themselves know that they were done.
    """

    def __init__(self, desk: Desk, api: Api, outgoing: Outgoing, *, apart: Apart) -> None:
        self._desk = desk
        self._api = api
        self._channel = SlackChannel(api)
        self._outgoing = outgoing
        self._apart = apart
        self._turns = Turns()
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._fetching = asyncio.Semaphore(_AT_ONCE)

    async def heard(self, event: Mapping[str, Any], team: str) -> None:
        """Answer a message, unless it came before or is none of ours. If that fails, Slack sends it once more."""
        said = Said.model_validate(event)
        if not said.is_written:
            return
        chat = Address("slack", team, said.channel)
        about = await asyncio.to_thread(self._about, chat, said)
        if said.is_shared and not about:
            return
        name = f"slack:{team}:{said.channel}:{said.ts}"
        async with self._turns.of(name):
            if name in self._taken:
                return
            reply = await self._reply(said, Sender("slack", team, said.user), chat, about=about, name=name)
            self._taken[name] = None
            if len(self._taken) > _REMEMBERED:
                self._taken.popitem(last=False)
        self._say(said, chat, reply)

    async def _reply(self, said: Said, sender: Sender, chat: Address, *, about: str, name: str) -> Reply:
        own = await asyncio.to_thread(standing.language_of, self._desk, sender)
        language = None if own else language_of_words(said.text)
        answer: Callable[..., Reply]
        if said.files:
            sent = await self._sent(said, chat.workspace, is_known=own is not None)
            answer = partial(pictured.answer, self._desk, sender, chat, sent)
        else:
            answer = partial(conversation.answer, self._desk, sender, chat, said.words)
        return await asyncio.to_thread(answer, dedupe=name, about=about, language=language, is_shared=said.is_shared)

    async def _sent(self, said: Said, workspace: str, *, is_known: bool) -> Sent:
        """Return a message with its files fetched; nothing is fetched for somebody who is not linked."""
        wanted = said.files[: pictured.MOST + 1] if is_known else ()
        found = await asyncio.gather(*(self._file(each, workspace) for each in wanted))
        lost = tuple(each.name for each, file in zip(wanted, found, strict=True) if file is None)
        return Sent(said.words, tuple(each for each in found if each is not None), lost)

    async def _file(self, file: File, workspace: str) -> Photo | None:
        async with self._fetching:
            with suppress(PhotoLost):
                return await asyncio.to_thread(files.fetch, file, self._api, workspace)
        return None

    def _about(self, chat: Address, said: Said) -> str:
        """Return what a thread is about. In a direct chat, a card that was asked for is known by its buttons."""
        if not said.thread_ts:
            return ""
        if (subject := standing.subject_of(self._desk, chat, said.thread_ts)) or said.is_shared:
            return subject
        with suppress(DeliveryError):
            return standing.subject_behind(self._desk, chat, self._channel.tokens_under(chat, said.thread_ts))
        return ""

    def _say(self, said: Said, chat: Address, reply: Reply) -> None:
        if reply.is_noted and not reply.cards:
            self._post(chat, self._mark, Posting(self._channel, answers=said.ts), said, chat, reply)
        elif said.is_shared:
            self._say_apart(said, chat, reply)
        else:
            self._say_here(said, chat, reply)

    def _say_here(self, said: Said, chat: Address, reply: Reply) -> None:
        if messages := self._apart(reply):
            posting = Posting(self._channel, answers=said.ts)
            self._post(chat, self._in_thread, posting, chat, messages, said.thread_ts)
        for each in (reply.picture, reply.paper):
            if each is not None:
                self._post(chat, self._channel.upload, chat, each, thread=said.thread_ts)

    def _say_apart(self, said: Said, chat: Address, reply: Reply) -> None:
        """Answer in a channel: what is not on the card already is for who asked."""
        words = reply.words
        if reply.paper is not None:
            own = standing.language_of(self._desk, Sender("slack", chat.workspace, said.user)) or "en"
            words = f"{words}\n{say(own, 'slack.file_sent')}".strip()
            self._post(chat, self._channel.hand, chat, said.user, reply.paper)
        for each in self._apart(replace(reply, words=words)):
            self._post(chat, self._channel.whisper, chat, said.user, each, thread=said.thread_ts)

    def _in_thread(self, posting: Posting, chat: Address, messages: Sequence[Message], thread: str) -> None:
        """Post into a thread, or beside it where its first message was deleted."""
        try:
            posting.post(chat, messages, thread=thread)
        except DeliveryError as error:
            if error.code != "thread_gone":
                raise
            posting.post(chat, messages)

    def _mark(self, posting: Posting, said: Said, chat: Address, reply: Reply) -> None:
        """Mark a message as noted; where the app may not react, say it in a line."""
        try:
            self._channel.react(chat, said.ts)
        except DeliveryError as error:
            if not error.permanent and error.code != "bad_token":
                raise
            line = render.words(reply.words)
            if said.is_shared:
                self._channel.whisper(chat, said.user, line, thread=said.thread_ts)
            else:
                self._in_thread(posting, chat, [line], said.thread_ts)

    def _post(self, chat: Address, call: Callable[..., object], *given: Any, **named: Any) -> None:
        self._outgoing.post(str(chat), lambda: asyncio.to_thread(partial(call, *given, **named)))
