"""Calls Slack: sends and edits cards for the notifier's workers, and what the face answers. Blocks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from slack_sdk import WebClient
from slack_sdk.models.views import View
from slack_sdk.webhook import WebhookClient

from bot.channel import DeliveryError, MessageRef
from bot.slack import render
from bot.slack.failures import delivery_error
from bot.slack.render import Message
from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card
from workflows.intents import Address

log = structlog.get_logger()

API_URL: Final = "https://slack.com/api/"
_ANSWERS_AT: Final = "hooks.slack.com"
_APART: Final = ","
_NOTED: Final = "white_check_mark"
_OK: Final = 200


class SlackChannel:
    """The Channel of Slack: takes seconds at most, raises only DeliveryError. May be used from any thread.

    ``base_url`` is where another server of Slack's Web API stands.
    """

    def __init__(self, token: str, *, base_url: str | None = None, timeout_s: int = 8) -> None:
        self._base_url = f"{base_url.rstrip('/')}/" if base_url else API_URL
        self._timeout_s = timeout_s
        self._client = WebClient(token, base_url=self._base_url, timeout=timeout_s)

    def send(self, chat: Address, card: Card, picture: Picture | None = None) -> MessageRef:
        """Post a card, and its picture into the card's thread."""
        ref = self.post(chat, render.card(card))
        if picture is not None:
            # The card stands: were a failed upload an error, the card would be sent again for its picture's sake.
            try:
                self.upload(ref.chat, picture, thread=first_of(ref))
            except DeliveryError as error:
                log.warning("slack_picture_lost", code=error.code)
        return MessageRef(chat, ref.id)

    def edit(self, message: MessageRef, card: Card) -> None:
        """Show the card's present state in its messages; those that it no longer needs are taken away."""
        standing = message.id.split(_APART)
        shown = render.card(card, most=len(standing))
        channel = message.chat.chat
        with _told():
            for ts, each in zip(standing, shown, strict=False):
                self._client.chat_update(channel=channel, ts=ts, text=each.text, blocks=each.blocks)
        for ts in standing[len(shown) :]:
            with suppress(DeliveryError), _told():
                self._client.chat_delete(channel=channel, ts=ts)

    def post(self, chat: Address, messages: Sequence[Message], *, thread: str = "") -> MessageRef:
        """Post messages one after the other; should one of them fail, those before it are taken back."""
        channel, posted = chat.chat, list[str]()
        try:
            with _told():
                for each in messages:
                    sent = self._client.chat_postMessage(
                        channel=channel,
                        text=each.text,
                        blocks=each.blocks,
                        thread_ts=thread or None,
                        unfurl_links=False,
                        unfurl_media=False,
                    )
                    channel = str(sent["channel"])
                    posted.append(str(sent["ts"]))
        except DeliveryError:
            for ts in posted:
                with suppress(DeliveryError), _told():
                    self._client.chat_delete(channel=channel, ts=ts)
            raise
        return MessageRef(Address("slack", chat.workspace, channel), _APART.join(posted))

    def upload(self, chat: Address, file: Picture | Printed, *, thread: str = "") -> None:
        """Upload a picture with its alt text, or a paper with its title, into a chat, or a thread of it."""
        with _told():
            self._client.files_upload_v2(
                channel=chat.chat,
                content=file.content if isinstance(file, Printed) else file.png,
                filename=file.name,
                title=(file.title if isinstance(file, Printed) else file.alt)[:150],
                alt_txt=None if isinstance(file, Printed) else file.alt,
                thread_ts=thread or None,
                request_file_info=False,  # it would need the right to read all files
            )

    def hand(self, chat: Address, user: str, paper: Printed) -> None:
        """Upload a paper into the chat between the bot and a person, so that only they have it."""
        self.upload(self.direct_chat(chat, user), paper)

    def whisper(self, chat: Address, user: str, message: Message, *, thread: str = "") -> None:
        """Say something in a chat, or a thread of it, that only one person sees."""
        with _told():
            self._client.chat_postEphemeral(
                channel=chat.chat, user=user, text=message.text, blocks=message.blocks, thread_ts=thread or None
            )

    def react(self, chat: Address, message: str) -> None:
        """Put a check mark under a message; one that is there already is a success."""
        try:
            with _told():
                self._client.reactions_add(channel=chat.chat, timestamp=message, name=_NOTED)
        except DeliveryError as error:
            if error.code != "marked":
                raise

    def replace(self, chat: Address, message: str, shown: Message) -> None:
        """Let a message say something else."""
        with _told():
            self._client.chat_update(channel=chat.chat, ts=message, text=shown.text, blocks=shown.blocks)

    def open_view(self, trigger_id: str, view: View) -> None:
        with _told():
            self._client.views_open(trigger_id=trigger_id, view=view)

    def publish(self, user: str, view: View) -> None:
        """Show a person's home tab."""
        with _told():
            self._client.views_publish(user_id=user, view=view)

    def unfurl(self, chat: Address, message: str, unfolded: dict[str, dict[str, Any]]) -> None:
        """Unfold the links in somebody's message, each to its blocks."""
        with _told():
            self._client.chat_unfurl(channel=chat.chat, ts=message, unfurls=unfolded)

    def direct_chat(self, chat: Address, user: str) -> Address:
        """Return the chat between the bot and a person."""
        with _told():
            return Address("slack", chat.workspace, str(self._client.conversations_open(users=[user])["channel"]["id"]))

    def tokens_under(self, chat: Address, message: str) -> tuple[str, ...]:
        """Return what the buttons under a message of a direct chat carry."""
        with _told():
            found = self._client.conversations_replies(channel=chat.chat, ts=message, limit=1)
            blocks = found["messages"][0].get("blocks", []) if found["messages"] else []
        elements = (element for block in blocks for element in block.get("elements", []))
        return tuple(each["value"] for each in elements if isinstance(each, dict) and "value" in each)

    def respond(self, url: str, message: Message, *, replaces: bool) -> None:
        """Answer at the address that came with a command or a tap; only Slack's own is called."""
        if not self._is_slacks(url):
            raise DeliveryError("bad_address", permanent=True)
        with _told():
            answer = WebhookClient(url, timeout=self._timeout_s).send(
                text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=replaces
            )
        if answer.status_code != _OK:
            raise DeliveryError("refused", permanent=True)

    def _is_slacks(self, url: str) -> bool:
        asked, api = urlsplit(url), urlsplit(self._base_url)
        return (asked.scheme == "https" and asked.hostname == _ANSWERS_AT) or (
            self._base_url != API_URL and asked.netloc == api.netloc and asked.scheme == api.scheme
        )


def first_of(ref: MessageRef) -> str:
    """Return the id of a card's first message, under which its thread stands."""
    return ref.id.partition(_APART)[0]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        failure = delivery_error(error)
        if failure is None:
            raise
        raise failure from None
