"""What people wrote to the bot while it was not connected: heard after all, and nothing answered twice.

Slack keeps no events for an app that is connected by Socket Mode and was away. A message is taken for answered if an
answer of ours names it, if our check mark is on it, or if it was heard by this process. After a start, of which we
don't know how long it was waited for, a message is passed over as well when anything of the bot's follows it.
Reading needs ``im:history``; without it nothing is caught up.
"""

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import structlog
from sqlalchemy import text

from bot.channel import DeliveryError
from bot.slack import arrived
from bot.slack.api import Api
from bot.slack.listening import Listener
from inventory_core.db.engine import reading
from workflows.desk import Desk
from workflows.intents import Address

log = structlog.get_logger()

LONGEST: Final = dt.timedelta(hours=24)
_AFTER_A_START: Final = dt.timedelta(hours=1)
_NEWEST: Final = 100
_TRIES: Final = 5
_AGAIN_S: Final = 5.0
_MARK: Final = "white_check_mark"
_DIRECT: Final = text("""
    SELECT DISTINCT workspace, chat FROM chats WHERE platform = 'slack' AND is_open = 1 AND chat LIKE 'D%' ORDER BY 1, 2
""")

Message = Mapping[str, Any]


class Missed:
    """Looks through the direct chats of everybody who is linked."""

    def __init__(self, desk: Desk, api: Api, listener: Listener) -> None:
        self._desk = desk
        self._api = api
        self._listener = listener

    async def catch_up(self, since: dt.datetime | None) -> None:
        """Hear what was written after ``since``, or lately where that is not known."""
        now = self._desk.clock()
        begun = max(since, now - LONGEST) if since else now - _AFTER_A_START
        for chat in await asyncio.to_thread(self._chats):
            try:
                found = await self._asked(chat, begun, is_start=since is None)
            except DeliveryError as error:
                log.warning("slack_not_caught_up", code=error.code)
                if error.code == "bad_token":
                    return
                continue
            for each in found:
                await self._listener.heard({**each, "channel": chat.chat, "channel_type": "im"}, chat.workspace)
            if found:
                log.info("slack_caught_up", messages=len(found))

    def _chats(self) -> Sequence[Address]:
        with reading(self._desk.engine) as db:
            return [Address("slack", row.workspace, row.chat) for row in db.execute(_DIRECT)]

    async def _asked(self, chat: Address, since: dt.datetime, *, is_start: bool) -> Sequence[Message]:
        """Return what is to be heard, oldest first; where Slack asks to wait, wait."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await asyncio.to_thread(self._unheard, chat, since.timestamp(), is_start=is_start)
            except DeliveryError as error:
                if error.permanent or error.code == "bad_token" or attempt == _TRIES:
                    raise
                await asyncio.sleep(error.retry_after_s or _AGAIN_S)
        return ()

    def _unheard(self, chat: Address, since: float, *, is_start: bool) -> Sequence[Message]:
        newest = self._api.call(
            chat.workspace,
            lambda client: client.conversations_history(channel=chat.chat, limit=_NEWEST, include_all_metadata=True),
            method="conversations.history",
        )["messages"]
        lists = [newest]
        for each in newest:
            if float(each.get("latest_reply") or 0) > since:
                lists.append(self._thread(chat, str(each["ts"]), since))
        found = [message for each in lists for message in unanswered(each, since, is_start=is_start)]
        return sorted(found, key=lambda each: float(each["ts"]))

    def _thread(self, chat: Address, thread: str, since: float) -> Sequence[Message]:
        replies = self._api.call(
            chat.workspace,
            lambda client: client.conversations_replies(
                channel=chat.chat, ts=thread, oldest=f"{since:.6f}", limit=_NEWEST, include_all_metadata=True
            ),
            method="conversations.replies",
        )["messages"]
        return [each for each in replies if each["ts"] != thread]


def unanswered(messages: Sequence[Message], since: float, *, is_start: bool) -> Iterator[Message]:
    """Yield what people wrote after ``since`` and the bot has not answered. Pure; ``messages`` are one chat's."""
    answered = {key for each in messages if (key := arrived.key_of(each))}
    last_own = max((float(each["ts"]) for each in messages if each.get("bot_id")), default=0.0)
    for each in messages:
        at = float(each["ts"])
        is_marked = any(found.get("name") == _MARK for found in each.get("reactions", ()))
        is_passed = is_start and at < last_own
        is_heard = is_marked or is_passed or arrived.answer_key(str(each["ts"])) in answered
        if at > since and not each.get("bot_id") and not is_heard:
            yield each
