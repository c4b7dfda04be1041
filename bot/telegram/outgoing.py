"""Sends in the background what was said, in order within a chat."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from telegram import Bot, ReplyKeyboardRemove
from telegram.error import TelegramError

from bot.outgoing import Call, Outgoing
from bot.telegram import address, questions, render
from bot.telegram.failures import delivery_error
from bot.telegram.send import edit_card, markup_of, send_card, send_document, send_message, send_photo
from bot.telegram.talk import Said, Words
from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card
from workflows.intents import Address
from workflows.questions import Check, Question


class TelegramOutgoing(Outgoing):
    """What is on its way to Telegram."""

    def __init__(self, bot: Bot) -> None:
        super().__init__("telegram", lambda error: delivery_error(error) if isinstance(error, TelegramError) else None)
        self._bot = bot

    def say(self, chat: Address, said: Iterable[Said]) -> None:
        """Send to a chat, one thing after the other."""
        for each in said:
            for call in self._calls(chat, each):
                self.post(str(chat), call)

    def edit(self, chat: Address, message_id: int, card: Card, *, is_photo: bool) -> None:
        """Show a card's present state in place, once: should it fail, the notifier does the same."""
        ref = address.ref_of(chat, message_id, is_photo=is_photo)
        self.post(str(chat), lambda: edit_card(self._bot, ref, card), tries=1)

    def _calls(self, chat: Address, said: Said) -> list[Call]:
        bot, place = self._bot, address.place_of(chat)
        match said:
            case Words(text, is_end, opens=opens):
                keys: dict[str, Any] = {"reply_markup": ReplyKeyboardRemove()} if is_end else {}
                if opens is not None:
                    keys = {"reply_markup": markup_of(((opens,),))}
                return [partial(send_message, bot, place, page, **keys) for page in render.pages(text)]
            case Question():
                shown, keyboard = questions.question(said), questions.reply_keyboard(said)
                return [partial(send_message, bot, place, shown, reply_markup=keyboard)]
            case Check():
                *before, last = questions.check(said)
                keyboard = questions.check_keyboard(said)
                return [
                    *(partial(send_message, bot, place, page) for page in before),
                    partial(send_message, bot, place, last, reply_markup=keyboard),
                ]
            case Card():
                return [partial(send_card, bot, chat, said)]
            case Picture():
                return [partial(send_photo, bot, place, said, None)]
            case Printed():
                return [partial(send_document, bot, place, said)]
