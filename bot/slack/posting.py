"""Messages on their way out: posted once, however often it is tried."""

from collections.abc import Sequence
from dataclasses import replace

from bot.channel import DeliveryError, MessageRef
from bot.slack.arrived import Once, answer_key
from bot.slack.render import Message
from bot.slack.send import SlackChannel
from workflows.definition import Language
from workflows.intents import Address


class Posting:
    """Posts at the first call that goes well; a later one gives the same message back.

    Where an answer of Slack's was lost, the next call first looks whether the message stands there.
    """

    def __init__(self, channel: SlackChannel, *, answers: str = "", language: Language = "en") -> None:
        """``answers``: the message that is answered, if it is one."""
        self._channel = channel
        self._once = Once(answer_key(answers), language=language) if answers else Once(language=language)
        self._ref: MessageRef | None = None

    def post(self, chat: Address, messages: Sequence[Message], *, thread: str = "") -> MessageRef:
        if self._ref is None:
            try:
                self._ref = self._channel.post(chat, messages, thread=thread, once=self._once)
            except DeliveryError as error:
                self._once = replace(self._once, is_again=error.may_have_arrived)
                raise
        return self._ref
