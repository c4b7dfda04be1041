"""An update of Telegram in, its effect in the database, and the answer on its way out."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypedDict, Unpack

import structlog
from telegram import (
    Bot,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardMarkup,
    InlineQuery,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)
from telegram.constants import CallbackQueryLimit, ChatMemberStatus, ChatType

from bot import shown_codes
from bot.channel import Subjects
from bot.plain import language_of, one_line
from bot.telegram import addressed, answering, inline, photos, standing, talk, tokens
from bot.telegram.address import Addressee, address_of, ref_of, sender_of
from bot.telegram.albums import Albums
from bot.telegram.edits import Edits
from bot.telegram.lines import shortened
from bot.telegram.outgoing import Sending, TelegramOutgoing
from bot.telegram.said import Heard, Redrawn, Said, Sent
from bot.telegram.turning import Tap
from inventory_core.db.engine import writing
from workflows import chats
from workflows.cards import Card
from workflows.desk import Desk
from workflows.forms import PICTURED
from workflows.intents import Address

log = structlog.get_logger()

_PATIENCE_S: Final = 2.0
"""So long an update counts as not taken while its answer is on its way: longer only while Telegram is slow or away."""


@dataclass(frozen=True, slots=True)
class Toast:
    """What the finger of a tap sees: ``words``, which may be none, in an alert that has to be closed or in passing."""

    tap: str
    words: str
    is_alert: bool

    def as_json(self) -> dict[str, object]:
        """Return it as the call that an answer to a posted update may carry."""
        text = {"text": self.words} if self.words else {}
        return {"method": "answerCallbackQuery", "callback_query_id": self.tap, "show_alert": self.is_alert, **text}


class Beside(TypedDict, total=False):
    replies_to: int
    to: Addressee


class Handlers:
    """Takes updates. When ``handle`` returns, the effect is committed and the answer is sent, or slow to go.

    A process that is killed before that gets the update once more, and asks or answers again: no question is lost.
    ``username`` is the bot's own, empty as long as it is not known.
    """

    def __init__(self, desk: Desk, bot: Bot, outgoing: TelegramOutgoing, subjects: Subjects) -> None:
        self._desk = desk
        self._subjects = subjects
        self._bot = bot
        self._own_id = int(bot.token.partition(":")[0])
        self._outgoing = outgoing
        self._edits = Edits(desk, bot, outgoing)
        self.username = ""
        self._is_named = asyncio.Event()
        self.albums = Albums(self._say)

    def named(self, username: str) -> None:
        """Learn the bot's own name."""
        self.username = username
        self._is_named.set()

    async def handle_and_show(self, update: Update) -> None:
        """Take one update that was fetched, and let a tap be answered by a call."""
        toast = await self.handle(update)
        if toast is not None:
            self._outgoing.post(f"tap:{toast.tap}", partial(self._show, toast))

    async def handle(self, update: Update) -> Toast | None:
        """Take one update; of a kind that means nothing here, it does nothing. A tap is left to be answered."""
        toast: Toast | None = None
        sending: Sending = ()
        if update.callback_query is not None:
            toast, sending = await self._tap(update.callback_query)
        elif update.message is not None and update.message.from_user is not None:
            sending = await self._message(update.message, update.message.from_user)
        elif update.inline_query is not None:
            await self._look_up(update.inline_query)
        elif update.my_chat_member is not None:
            await asyncio.to_thread(self._joined_or_left, update.my_chat_member)
        if sending:
            await asyncio.wait(sending, timeout=_PATIENCE_S)
        return toast

    async def _tap(self, query: CallbackQuery) -> tuple[Toast | None, Sending]:
        message = query.message
        if message is None or not query.data:
            return None, ()
        whole = message if isinstance(message, Message) else None  # None: too old for Telegram to show it to us
        chat = _chat_of(whole) if whole else address_of(message.chat.id)
        language = language_of(query.from_user.language_code or "")
        is_photo = bool(whole and whole.photo)
        tap = Tap(sender_of(query.from_user.id), chat, message.message_id, query.data, language, is_photo)
        carried_out = partial(talk.seen, subjects=self._subjects) if tokens.shows_more(query.data) else talk.tapped
        result = await asyncio.to_thread(carried_out, self._desk, tap)
        log.info("telegram_tap", refused=result.is_refusal, asks=bool(result.said))
        if whole is not None:
            ref = ref_of(chat, whole.message_id, is_photo=is_photo)
            if result.draw is not None:
                self._edits.show(ref, result.draw)
            if result.leaf is not None:
                self._outgoing.edit(ref, result.leaf, page=result.page)
        sending = self._say(chat, result.said, **_beside(message, query.from_user))
        words = shortened(one_line(result.words), units_max=CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)
        return Toast(query.id, words, result.is_refusal), sending

    def _say(self, chat: Address, said: Iterable[Said], **beside: Unpack[Beside]) -> Sending:
        """Send what is new to a chat, and redraw what stands there."""
        sent = list[Sent]()
        for each in said:
            if isinstance(each, Redrawn):
                self._edits.show(ref_of(chat, each.message_id, is_photo=each.is_photo), partial(_as_drawn, each.card))
            else:
                sent.append(each)
        return self._outgoing.say(chat, sent, **beside)

    async def _show(self, toast: Toast) -> None:
        await self._bot.answer_callback_query(toast.tap, toast.words or None, show_alert=toast.is_alert)

    def _joined_or_left(self, change: ChatMemberUpdated) -> None:
        """Close the chats in which the bot was blocked, or from which it was removed, and open them again."""
        chat, now = address_of(change.chat.id), self._desk.clock()
        with writing(self._desk.engine) as db:
            if change.new_chat_member.status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT):
                chats.close_at(db, chat, "blocked", now=now)
            else:
                chats.reopen(db, chat, now=now)

    async def _look_up(self, query: InlineQuery) -> None:
        sender, language = sender_of(query.from_user.id), language_of(query.from_user.language_code or "")
        found = await asyncio.to_thread(inline.offered, self._desk, sender, query.query, language)
        answer = partial(
            self._bot.answer_inline_query,
            query.id,
            found.results,
            cache_time=inline.CACHED_S,
            is_personal=True,
            button=found.button,
        )
        self._outgoing.post(f"inline:{query.id}", answer, tries=1)  # the next letter asks anew

    async def _message(self, message: Message, user: User) -> Sending:
        words = message.text or message.caption or ""
        if message.chat.type != ChatType.PRIVATE and not self.username:  # just begun: is it meant for us?
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_named.wait(), _PATIENCE_S)
        if user.is_bot or addressed.is_for_another(words, self.username):
            return ()
        heard = self._heard(message, user, words)
        if not await asyncio.to_thread(self._is_meant, heard, words):
            return ()
        file_id = photos.file_id_of(message)
        if file_id and (album := message.media_group_id):
            said = await self._photo(heard, file_id, before=self.albums.count(album))
            self.albums.add(album, heard.chat, said)
            return ()
        if file_id:
            said = await self._photo(heard, file_id)
        else:
            said = await asyncio.to_thread(talk.heard, self._desk, heard) if message.text else ()
        return self._say(heard.chat, said, **_beside(message, user))

    def _is_meant(self, heard: Heard, words: str) -> bool:
        """Tell whether a message is for the bot: in a group one that names it, replies to it, or answers a question."""
        return (
            heard.is_private
            or heard.replies_to is not None
            or words.startswith("/")
            or heard.is_named
            or standing.question(self._desk, heard.sender, heard.chat) is not None
        )

    async def _photo(self, heard: Heard, file_id: str, *, before: int = 0) -> tuple[Said, ...]:
        desk = self._desk
        kind = await asyncio.to_thread(standing.asked_for, desk, heard.sender, heard.chat)
        is_ours = heard.is_private or heard.replies_to is not None or heard.is_named
        is_known = await asyncio.to_thread(standing.language_of, desk, heard.sender) is not None
        if kind not in (None, *PICTURED, *shown_codes.ANSWERED) or not (is_ours and is_known):
            return await asyncio.to_thread(answering.photo_hint, desk, heard)
        try:
            photo = await photos.fetch(self._bot, file_id)
        except photos.PhotoLost:
            return await asyncio.to_thread(talk.photo_lost, desk, heard)
        if kind in shown_codes.ANSWERED:
            return await asyncio.to_thread(answering.scanned, desk, heard, photo, kind)
        if kind:
            return await asyncio.to_thread(answering.photographed, desk, heard, photo)
        return await asyncio.to_thread(talk.shown, desk, heard, photo, before=before)

    def _heard(self, message: Message, user: User, words: str) -> Heard:
        replied = message.reply_to_message
        is_ours = replied is not None and replied.from_user is not None and replied.from_user.id == self._own_id
        return Heard(
            sender=sender_of(user.id),
            chat=_chat_of(message),
            message_id=message.message_id,
            words=addressed.bare(words, self.username),
            language=language_of(user.language_code or ""),
            is_private=message.chat.type == ChatType.PRIVATE,
            is_named=addressed.is_named(words, self.username),
            replies_to=(replied.message_id, _tokens(replied.reply_markup)) if replied is not None and is_ours else None,
        )


def _chat_of(message: Message) -> Address:
    return address_of(message.chat.id, message.message_thread_id if message.is_topic_message else None)


def _beside(message: MaybeInaccessibleMessage, user: User) -> Beside:
    """Return how somebody is answered where others read, too: beside what they wrote or tapped, and by their name."""
    if message.chat.type == ChatType.PRIVATE:
        return {}
    return {"replies_to": message.message_id, "to": Addressee(user.id, user.first_name)}


def _tokens(keyboard: InlineKeyboardMarkup | None) -> tuple[str, ...]:
    """Return what the buttons under a message carry."""
    rows = keyboard.inline_keyboard if keyboard else ()
    return tuple(key.callback_data for row in rows for key in row if isinstance(key.callback_data, str))


def _as_drawn(card: Card) -> Card:
    return card
