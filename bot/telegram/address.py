"""Telegram's chats and messages as the rest of the product names them.

A chat is ``1001`` or ``-4001``; a topic of a forum ``-100123/45``. A message is ``77``, one that carries its words as a
photo's caption ``p77``: it has to be edited in another way.
"""

from dataclasses import dataclass

from bot.channel import MessageRef
from workflows.intents import Address, Sender


def sender_of(user_id: int) -> Sender:
    return Sender("telegram", "", str(user_id))


def address_of(chat_id: int, thread_id: int | None = None) -> Address:
    """Return the address of a chat, or of one topic in it."""
    return Address("telegram", "", f"{chat_id}/{thread_id}" if thread_id else str(chat_id))


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is answered in a chat that others read, too: the account, and the name that it goes by there."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic in it if there is one, as the Bot API takes them.

    ``replies_to`` is the message there that is answered, None where it needs no naming.
    """

    chat_id: int
    thread_id: int | None = None
    replies_to: int | None = None

    @property
    def is_private(self) -> bool:
        """Whether it is the chat of one person with the bot: Telegram gives groups numbers below zero."""
        return self.chat_id > 0


def place_of(address: Address, *, replies_to: int | None = None) -> Place:
    """Return where to send for an address. Raises ValueError if it is none of Telegram's."""
    chat_id, _, thread_id = address.chat.partition("/")
    return Place(int(chat_id), int(thread_id) if thread_id else None, replies_to)


def is_private(address: Address) -> bool:
    """Tell whether a chat is that of one person with the bot."""
    return place_of(address).is_private


def ref_of(chat: Address, message_id: int, *, is_photo: bool = False) -> MessageRef:
    return MessageRef(chat, f"p{message_id}" if is_photo else str(message_id))


def message_id_of(ref: MessageRef) -> int:
    return int(ref.id.removeprefix("p"))


def is_photo(ref: MessageRef) -> bool:
    return ref.id.startswith("p")
