"""The web's side of the channel port: pages read the database themselves, so nothing is pushed."""

from bot.channel import MessageRef
from charts.picture import Picture
from workflows.cards import Card
from workflows.intents import Address


class WebChannel:
    """Takes each card as shown: the person's page lists it from now on."""

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        return MessageRef(chat, "shown")

    def edit(self, message: MessageRef, card: Card) -> None:
        """Do nothing: a page builds its cards anew whenever something has changed."""
