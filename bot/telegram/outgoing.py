"""Sends in the background what was said, in order within a chat."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from telegram import Bot, ReplyKeyboardRemove
from telegram.error import TelegramError

from bot.channel import MessageRef
from bot.outgoing import Call, Outgoing
from bot.telegram import address, questions, render
from bot.telegram.address import Addressee, Place
from bot.telegram.failures import delivery_error
from bot.telegram.said import Pictured, Sent, Words
from bot.telegram.send import edit_card, markup_of, send_document, send_message, send_photo
from charts.papers.paper import Printed
from workflows.cards import Card
from workflows.intents import Address
from workflows.questions import Check, Question

Sending = Sequence["asyncio.Task[None]"]


class TelegramOutgoing(Outgoing):
    """What is on its way to Telegram."""

    def __init__(self, bot: Bot) -> None:
        super().__init__("telegram", lambda error: delivery_error(error) if isinstance(error, TelegramError) else None)
        self._bot = bot

    def say(
        self, chat: Address, said: Iterable[Sent], *, replies_to: int | None = None, to: Addressee | None = None
    ) -> Sending:
        """Send to a chat, one thing after the other, and return what ends once all is sent.

        ``to`` is who is answered in a chat that others read, too, ``replies_to`` the message there that asked for it.
        """
        place = address.place_of(chat, replies_to=replies_to)
        return [self.post(str(chat), call) for each in said for call in self._calls(place, each, to)]

    def edit(self, message: MessageRef, card: Card, *, page: int = 0) -> None:
        """Show a page of a card in its place, once: whoever wants it taps again."""
        self.post(str(message.chat), lambda: edit_card(self._bot, message, card, page=page), tries=1)

    def _calls(self, place: Place, said: Sent, to: Addressee | None) -> list[Call]:
        bot = self._bot
        match said:
            case Words(text, is_end, opens=opens):
                keys: dict[str, Any] = {"reply_markup": ReplyKeyboardRemove(selective=to is not None)} if is_end else {}
                if opens is not None:
                    keys = {"reply_markup": markup_of(((opens,),))}
                return [partial(send_message, bot, place, page, **keys) for page in render.pages(text)]
            case Question():
                shown, keyboard = questions.question(said, to), questions.reply_keyboard(said, to)
                return [partial(send_message, bot, place, shown, reply_markup=keyboard)]
            case Check():
                *before, last = questions.check(said, to)
                keyboard = questions.check_keyboard(said, to)
                return [
                    *(partial(send_message, bot, place, page) for page in before),
                    partial(send_message, bot, place, last, reply_markup=keyboard),
                ]
            case Card():
                return [partial(send_message, bot, place, render.card(said, is_private=place.is_private))]
            case Pictured(picture, key, language):
                return [partial(send_photo, bot, place, picture, render.alone(picture, key, language))]
            case Printed():
                return [partial(send_document, bot, place, said)]
