"""Calls Slack: sends and edits cards for the notifier's workers, and what the face answers. Blocks."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from slack_sdk.models.views import View
from slack_sdk.web import SlackResponse

from bot.channel import DeliveryError, MessageRef
from bot.plain import language_of
from bot.slack import arrived, render
from bot.slack.api import Api
from bot.slack.arrived import Once
from bot.slack.failures import REFUSED, answer_error
from bot.slack.plainly import plainly
from bot.slack.render import Message
from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card
from workflows.intents import Address, Sender

log = structlog.get_logger()

_APART: Final = ","
_PEOPLE: Final = ("U", "W")
"""What the id of a person begins with: posting to one reaches the chat with the bot."""
_NOTED: Final = "white_check_mark"
_OK: Final = 200


class SlackChannel:
    """The Channel of Slack: takes seconds at most, raises only DeliveryError. May be used from any thread."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        """Post a card, and its picture into the card's thread."""
        once = Once(key, is_again, language_of(card.language)) if key else None
        ref = self.post(chat, render.card(card), once=once)
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
        for number, (ts, each) in enumerate(zip(standing, shown, strict=False)):
            self.replace(message.chat, ts, each, count=0 if number else len(shown))
        for ts in standing[len(shown) :]:
            with suppress(DeliveryError):
                self._delete(message.chat, ts)

    def post(
        self, chat: Address, messages: Sequence[Message], *, thread: str = "", once: Once | None = None
    ) -> MessageRef:
        """Post messages one after the other; should one of them fail, those before it are taken back.

        With ``once.is_again`` they are looked for first, and what stands there whole is not posted again.
        """
        if once is not None and once.is_again:
            there = self._arrived(chat, messages, thread, once)
            if isinstance(there, MessageRef):
                return there
            messages = there
        channel, posted = chat, list[str]()
        try:
            for number, each in enumerate(messages):
                sent = self._post(channel, each, thread, once or Once(), part=number, parts=len(messages))
                channel = Address("slack", chat.workspace, str(sent["channel"]))
                posted.append(str(sent["ts"]))
        except DeliveryError as error:
            if self._left_of(channel, posted):
                error.may_have_arrived = True
            raise
        return MessageRef(channel, _APART.join(posted))

    def _arrived(
        self, chat: Address, messages: Sequence[Message], thread: str, once: Once
    ) -> MessageRef | Sequence[Message]:
        """Return where the messages stand already, or else what is to be posted, with the remains taken back."""
        channel = self.direct_chat(chat, chat.chat) if chat.chat.startswith(_PEOPLE) else chat
        there = arrived.look(self._api, channel, once, thread=thread)
        if there is None:
            log.info("slack_not_looked_up")
            return arrived.marked(messages, once.language)
        if len(there) == len(messages):
            log.info("slack_message_adopted")
            return MessageRef(channel, _APART.join(there[part] for part in sorted(there)))
        if self._left_of(channel, there.values()):
            raise DeliveryError("bad_answer", permanent=False, may_have_arrived=True)
        return messages

    def _post(
        self, chat: Address, message: Message, thread: str, once: Once, *, part: int, parts: int
    ) -> SlackResponse:
        def post(shown: Message, *, count: int) -> SlackResponse:
            return self._api.call(
                chat.workspace,
                lambda client: client.chat_postMessage(
                    channel=chat.chat,
                    text=shown.text,
                    blocks=shown.blocks,
                    thread_ts=thread or None,
                    unfurl_links=False,
                    unfurl_media=False,
                    metadata=arrived.metadata(once, part=part, parts=parts),
                ),
                method="chat.postMessage",
                chat=chat.chat,
                count=count,
            )

        try:
            return post(message, count=0 if part else parts)
        except DeliveryError as error:
            return post(_without_blocks(message, error), count=1)

    def _left_of(self, chat: Address, posted: Iterable[str]) -> Sequence[str]:
        """Take messages back, and return those that could not be."""
        left = []
        for each in posted:
            try:
                self._delete(chat, each)
            except DeliveryError as error:
                left += [each] if error.code != "message_gone" else []
        return left

    def _delete(self, chat: Address, message: str) -> None:
        self._api.call(
            chat.workspace, lambda client: client.chat_delete(channel=chat.chat, ts=message), method="chat.delete"
        )

    def upload(self, chat: Address, file: Picture | Printed, *, thread: str = "") -> None:
        """Upload a picture with its alt text, or a paper with its title, into a chat, or a thread of it."""
        self._api.call(
            chat.workspace,
            lambda client: client.files_upload_v2(
                channel=chat.chat,
                content=file.content if isinstance(file, Printed) else file.png,
                filename=file.name,
                title=(file.title if isinstance(file, Printed) else file.alt)[:150],
                alt_txt=None if isinstance(file, Printed) else file.alt,
                thread_ts=thread or None,
                request_file_info=False,  # it would need the right to read all files
            ),
            method="files.upload",
        )

    def hand(self, chat: Address, user: str, paper: Printed) -> None:
        """Upload a paper into the chat between the bot and a person, so that only they have it."""
        self.upload(self.direct_chat(chat, user), paper)

    def whisper(self, chat: Address, user: str, message: Message, *, thread: str = "") -> None:
        """Say something in a chat, or a thread of it, that only one person sees."""
        self._api.call(
            chat.workspace,
            lambda client: client.chat_postEphemeral(
                channel=chat.chat, user=user, text=message.text, blocks=message.blocks, thread_ts=thread or None
            ),
            method="chat.postEphemeral",
        )

    def react(self, chat: Address, message: str) -> None:
        """Put a check mark under a message; one that is there already is a success."""
        try:
            self._api.call(
                chat.workspace,
                lambda client: client.reactions_add(channel=chat.chat, timestamp=message, name=_NOTED),
                method="reactions.add",
            )
        except DeliveryError as error:
            if error.code != "marked":
                raise

    def replace(self, chat: Address, message: str, shown: Message, *, count: int = 1) -> None:
        """Let a message say something else."""

        def update(shown: Message, *, count: int) -> None:
            self._api.call(
                chat.workspace,
                lambda client: client.chat_update(channel=chat.chat, ts=message, text=shown.text, blocks=shown.blocks),
                method="chat.update",
                chat=chat.chat,
                message=message,
                count=count,
            )

        try:
            update(shown, count=count)
        except DeliveryError as error:
            update(_without_blocks(shown, error), count=0)

    def open_view(self, workspace: str, trigger_id: str, view: View) -> None:
        """Open a modal before the person whose tap or command gave the trigger."""
        self._api.call(
            workspace, lambda client: client.views_open(trigger_id=trigger_id, view=view), method="views.open"
        )

    def push_view(self, workspace: str, trigger_id: str, view: View) -> None:
        """Lay a second modal over the one that is open."""
        self._api.call(
            workspace, lambda client: client.views_push(trigger_id=trigger_id, view=view), method="views.push"
        )

    def update_view(self, workspace: str, view_id: str, view: View, seen: str) -> None:
        """Show something else in an open modal; with the hash that was ``seen`` only if it is still that one."""
        self._api.call(
            workspace,
            lambda client: client.views_update(view_id=view_id, view=view, hash=seen or None),
            method="views.update",
        )

    def publish(self, sender: Sender, view: View) -> None:
        """Show a person's home tab."""
        self._api.call(
            sender.workspace,
            lambda client: client.views_publish(user_id=sender.user, view=view),
            method="views.publish",
        )

    def unfurl(self, chat: Address, message: str, unfolded: dict[str, dict[str, Any]]) -> None:
        """Unfold the links in somebody's message, each to its blocks."""
        self._api.call(
            chat.workspace,
            lambda client: client.chat_unfurl(channel=chat.chat, ts=message, unfurls=unfolded),
            method="chat.unfurl",
        )

    def direct_chat(self, chat: Address, user: str) -> Address:
        """Return the chat between the bot and a person."""
        opened = self._api.call(
            chat.workspace, lambda client: client.conversations_open(users=[user]), method="conversations.open"
        )
        return Address("slack", chat.workspace, str(opened["channel"]["id"]))

    def tokens_under(self, chat: Address, message: str) -> tuple[str, ...]:
        """Return what the buttons under a message of a direct chat carry."""
        found = self._api.call(
            chat.workspace,
            lambda client: client.conversations_replies(channel=chat.chat, ts=message, limit=1),
            method="conversations.replies",
        )
        blocks = found["messages"][0].get("blocks", []) if found["messages"] else []
        elements = (element for block in blocks for element in block.get("elements", []))
        return tuple(each["value"] for each in elements if isinstance(each, dict) and "value" in each)

    def respond(self, url: str, message: Message, *, replaces: bool) -> None:
        """Answer at the address that came with a command or a tap."""

        def respond(shown: Message) -> None:
            answer = self._api.respond(
                url,
                lambda webhook: webhook.send(
                    text=shown.text, blocks=shown.blocks, response_type="ephemeral", replace_original=replaces
                ),
            )
            if answer.status_code != _OK:
                raise answer_error(answer.status_code, answer.headers)

        try:
            respond(message)
        except DeliveryError as error:
            respond(_without_blocks(message, error))


def first_of(ref: MessageRef) -> str:
    """Return the id of a card's first message, under which its thread stands."""
    return ref.id.partition(_APART)[0]


def _without_blocks(message: Message, error: DeliveryError) -> Message:
    """Return the message in plain text if it was its blocks that Slack refused; raises the error again otherwise."""
    if error.code != REFUSED or not message.blocks:
        raise error
    log.warning("slack_blocks_refused")
    return plainly(message)
