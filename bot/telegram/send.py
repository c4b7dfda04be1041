"""Sends and edits cards on Telegram for the notifier's workers."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from threading import Lock, Thread
from typing import Any, TypeVar

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.channel import DeliveryError, MessageRef
from bot.plain import language_of, visible
from bot.ranks import Rank, of_subject
from bot.telegram import address, paging, render, tokens
from bot.telegram.address import Place
from bot.telegram.door import PacedRequest
from bot.telegram.failures import delivery_error, is_bad_markup, is_bad_photo, is_not_modified
from bot.telegram.keys import Keyboard
from bot.telegram.lines import CAPTION_UNITS_MAX, TEXT_UNITS_MAX, shortened, units
from bot.telegram.masking import mask_tokens_in_logs
from bot.telegram.pace import Pace, ranked
from bot.telegram.render import Rendered
from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card
from workflows.intents import Address
from workflows.phrases import say

API_URL = "https://api.telegram.org"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_BEGUN = Rank.PEOPLE
"""What a card still needs once a part of it was sent or refused goes before all else: it is not to be sent twice."""

_TURNS_S = 10.0
"""So long the turns of one card may be waited for, beside the calls themselves."""

Result = TypeVar("Result")


def bot_id_of(token: str) -> str:
    """Return which bot a token is of; that is no secret."""
    return token.partition(":")[0]


def bot_of(token: str, *, pace: Pace, base_url: str | None = None, timeout_s: float = 8) -> Bot:
    """Return a Bot with a time limit on every step of a call, and its token masked in the logs.

    ``base_url`` is where another server of the Bot API stands, with or without the closing ``/bot``. Each call waits
    for its turn by ``pace``; one that would wait too long is a RetryAfter.
    """
    mask_tokens_in_logs()
    server = (base_url or API_URL).rstrip("/").removesuffix("/bot")

    def request() -> PacedRequest:
        return PacedRequest(
            pace,
            connection_pool_size=16,
            connect_timeout=min(timeout_s, 4),
            read_timeout=timeout_s,
            write_timeout=timeout_s,
            media_write_timeout=timeout_s * 2,
            pool_timeout=timeout_s,
        )

    return Bot(
        token,
        base_url=f"{server}/bot",
        base_file_url=f"{server}/file/bot",
        request=request(),
        get_updates_request=request(),
    )


def markup_of(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Return the inline keyboard as the library's object, or None when it has no buttons."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton.de_json({**key}, None) for key in row] for row in keyboard])


def _where(place: Place) -> dict[str, Any]:
    """Return the topic and the message that is answered; one that was deleted in the meantime is not missed."""
    replies = ReplyParameters(place.replies_to, allow_sending_without_reply=True) if place.replies_to else None
    return {"message_thread_id": place.thread_id, "reply_parameters": replies}


async def send_message(bot: Bot, place: Place, shown: Rendered, **more: Any) -> Message:
    """Send a message; if Telegram cannot read its markup, send the plain words once. ``more`` goes to the Bot API."""
    more.setdefault("reply_markup", markup_of(shown.keyboard))
    more |= _where(place)
    try:
        return await bot.send_message(
            place.chat_id, shown.html, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW, **more
        )
    except TelegramError as error:
        if not is_bad_markup(error):
            raise
        with ranked(_BEGUN):
            return await bot.send_message(place.chat_id, shown.plain, link_preview_options=_NO_PREVIEW, **more)


async def send_photo(bot: Bot, place: Place, picture: Picture, caption: Rendered) -> Message:
    """Send a picture with a caption, as a photo: Telegram makes a JPEG of it."""
    more: dict[str, Any] = {
        "filename": picture.name,
        "reply_markup": markup_of(caption.keyboard),
        **_where(place),
    }
    try:
        if caption.html:
            return await bot.send_photo(place.chat_id, picture.png, caption.html, parse_mode=ParseMode.HTML, **more)
    except TelegramError as error:
        if not is_bad_markup(error):
            raise
    with ranked(_BEGUN):
        return await bot.send_photo(place.chat_id, picture.png, caption.plain, **more)


async def send_document(bot: Bot, place: Place, paper: Printed) -> Message:
    """Send a file with its title."""
    return await bot.send_document(
        place.chat_id,
        paper.content,
        shortened(visible(paper.title), units_max=CAPTION_UNITS_MAX),
        filename=paper.name,
        **_where(place),
    )


async def send_card(bot: Bot, chat: Address, card: Card, picture: Picture | None = None) -> MessageRef:
    """Send a card, as the caption of its picture if it fits there, else under the picture."""
    place = address.place_of(chat)
    shown = render.card(card, is_private=place.is_private)
    if picture is not None:
        fits = units(shown.plain) <= CAPTION_UNITS_MAX
        alone = render.alone(picture, tokens.key_of(card), language_of(card.language))
        caption = render.card(card, is_private=place.is_private, has_file=True) if fits else alone
        try:
            sent = await send_photo(bot, place, picture, caption)
            if fits:
                return address.ref_of(chat, sent.message_id, is_photo=True)
        except TelegramError as error:
            if not is_bad_photo(error):
                raise
        with ranked(_BEGUN):
            sent = await send_message(bot, place, shown)
    else:
        sent = await send_message(bot, place, shown)
    return address.ref_of(chat, sent.message_id)


async def edit_card(bot: Bot, message: MessageRef, card: Card, *, page: int = 0) -> None:
    """Show a card's present state in place of what its message showed before, or a page of it."""
    is_photo, is_private = address.is_photo(message), address.is_private(message.chat)
    units_max = CAPTION_UNITS_MAX if is_photo else TEXT_UNITS_MAX
    if page:
        shown = paging.page(card, page, units_max=units_max, has_file=is_photo, is_private=is_private)
    else:
        shown = render.card(card, units_max=units_max, has_file=is_photo, is_private=is_private)
    try:
        await _edit(bot, message, shown, is_plain=False)
    except TelegramError as error:
        if not is_bad_markup(error):
            raise
        with ranked(_BEGUN):
            await _edit(bot, message, shown, is_plain=True)


async def _edit(bot: Bot, message: MessageRef, shown: Rendered, *, is_plain: bool) -> None:
    """Change the text or the caption; that it stands there already is a success."""
    place, message_id = address.place_of(message.chat), address.message_id_of(message)
    text = shown.plain if is_plain else shown.html
    more: dict[str, Any] = {
        "parse_mode": None if is_plain else ParseMode.HTML,
        "reply_markup": markup_of(shown.keyboard),
    }
    try:
        if address.is_photo(message):
            await bot.edit_message_caption(place.chat_id, message_id, caption=text, **more)
        else:
            await bot.edit_message_text(text, place.chat_id, message_id, link_preview_options=_NO_PREVIEW, **more)
    except TelegramError as error:
        if not is_not_modified(error):
            raise


class TelegramChannel:
    """The Channel of Telegram: blocks, takes seconds at most, raises only DeliveryError.

    Several threads may call at once, but none that runs an event loop: the calls run in the loop of one thread, with
    one pool of connections, which live as long as the object in the process that uses it. After a fork the child makes
    its own. ``pace`` is shared with whatever else in this process calls Telegram.
    """

    def __init__(
        self, token: str, *, base_url: str | None = None, timeout_s: float = 8, pace: Pace | None = None
    ) -> None:
        self._token = token
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._pace = pace or Pace(bot_id_of(token))
        self._lock = Lock()
        self._process = 0
        self._loop: asyncio.AbstractEventLoop
        self._thread: Thread
        self._bot: Bot

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        """Send a card. Telegram shows a bot nothing of a chat, so that what may be there twice can only say so."""
        shown = _sent_again(card) if is_again else card
        return self._run(lambda bot: send_card(bot, chat, shown, picture), rank=of_subject(card.subject))

    def edit(self, message: MessageRef, card: Card) -> None:
        self._run(lambda bot: edit_card(bot, message, card), rank=of_subject(card.subject))

    def rest_s(self, chat: Address) -> float:
        """Return after how many seconds the next message in a chat may go."""
        return self._pace.rest_s(address.place_of(chat).chat_id)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._process == os.getpid():
                asyncio.run_coroutine_threadsafe(self._bot.request.shutdown(), self._loop).result()
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._process = 0

    def _open(self) -> Bot:
        with self._lock:
            if self._process != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._bot = bot_of(self._token, pace=self._pace, base_url=self._base_url, timeout_s=self._timeout_s)
                self._thread = Thread(target=self._loop.run_forever, daemon=True, name="telegram-channel")
                self._thread.start()
                self._process = os.getpid()
            return self._bot

    def _run(self, call: Callable[[Bot], Coroutine[Any, Any, Result]], *, rank: Rank) -> Result:
        bot = self._open()

        async def limited() -> Result:
            async with asyncio.timeout(self._timeout_s * 3 + _TURNS_S):
                with ranked(rank):
                    return await call(bot)

        try:
            return asyncio.run_coroutine_threadsafe(limited(), self._loop).result()
        except TelegramError as error:
            # The library's words may hold the token, so the cause does not travel along.
            raise delivery_error(error) from None
        except TimeoutError:
            raise DeliveryError("timed_out", permanent=False, may_have_arrived=True) from None
        except ValueError as error:
            raise DeliveryError("bad_address", permanent=True) from error


def _sent_again(card: Card) -> Card:
    """Return a card that says that it may be there twice; it says so until it is edited."""
    return replace(card, story=(*card.story, say(language_of(card.language), "telegram.sent_again")))
