"""A Telegram Bot API on loopback: what the real one refuses is refused here, and people look at what it shows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.telegram_server.chats import Chat, Tap
from tests.telegram_server.edge import Edge
from tests.telegram_server.faults import FaultPlan
from tests.telegram_server.limits import Limits
from tests.telegram_server.people import Person
from tests.telegram_server.spec import complaint_about
from tests.telegram_server.state import BOT_ID, Call, State

JsonObject = dict[str, Any]


class TelegramServer:
    """Runs in a thread of its own between ``start`` and ``stop``, or as a context manager.

    Give the bot ``base_url``, ``base_file_url`` and ``token``. ``faults`` plans what goes wrong; ``calls`` is what the
    bot asked; ``person`` and ``group`` fill the world. With ``limits`` it takes only so much at a time.
    """

    def __init__(self, *, bot_username: str = "store_bot", limits: Limits | None = None) -> None:
        self.token = f"{BOT_ID}:AAfake-token-for-tests-only_0123456789"
        self.state = State(bot_username)
        self.faults = FaultPlan()
        self._edge = Edge(self.state, self.faults, self.token, limits)
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telegram-server", daemon=True)
        self._next_person = 1001
        self._next_group = -4001
        self.port = 0

    def __enter__(self) -> TelegramServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> TelegramServer:
        """Listen on a free port of loopback."""
        self._thread.start()
        assert self._started.wait(10), "the server did not start"
        return self

    def stop(self) -> None:
        """Cut all lines and end the thread."""
        self._loop.call_soon_threadsafe(self._edge.closing.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        runner = web.AppRunner(self._edge.application(), shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        poster = asyncio.create_task(self._edge.post_updates())
        self._started.set()
        await self._edge.closing.wait()
        poster.cancel()
        await asyncio.gather(poster, return_exceptions=True)
        await runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    def calls(self, method: str = "") -> tuple[Call, ...]:
        """Return what the bot asked so far, polls left out; only this method if one is named."""
        with self.state.changed:
            return tuple(
                each
                for each in self.state.calls
                if each.method == method or (not method and each.method != "getUpdates")
            )

    # -- the world ---------------------------------------------------------------------------------------------------

    def person(self, name: str, *, language: str = "en", has_started: bool = True) -> Person:
        """Return a new person. Until they have started the bot, it may not write to them."""
        with self.state.changed:
            user_id, self._next_person = self._next_person, self._next_person + 1
            chat = Chat(user_id, "private", name.capitalize(), language, username=name)
            chat.bot_status = "member" if has_started else "never_started"
            self.state.chats[user_id] = chat
            user = {
                "id": user_id,
                "is_bot": False,
                "first_name": name.capitalize(),
                "username": name,
                "language_code": language,
            }
        return Person(self, user, chat)

    def group(self, title: str, *, topics: tuple[str, ...] = ()) -> Chat:
        """Return a new group with the bot in it; one with topics is a forum (a supergroup)."""
        with self.state.changed:
            chat_id, self._next_group = self._next_group, self._next_group - 1
            if topics:
                chat = Chat(-1_000_000_000_000 + chat_id, "supergroup", title)
                chat.topics = {self.state.next_number(): name for name in topics}
            else:
                chat = Chat(chat_id, "group", title)
            self.state.chats[chat.id] = chat
        return chat

    def upgrade(self, group: Chat) -> Chat:
        """Make a group a supergroup with a new id, as an admin's tap may do at any time; the bot is told so."""
        with self.state.changed:
            after = Chat(-1_000_000_000_000 + group.id, "supergroup", group.title)
            self.state.chats[after.id] = after
            group.moved_to = after
            for chat, note in ((group, {"migrate_to_chat_id": after.id}), (after, {"migrate_from_chat_id": group.id})):
                service = {"message_id": self.state.next_number(), "date": self.state.date(), "chat": chat.as_json()}
                self.put("message", service | note)
        return after

    def remove_bot(self, group: Chat, *, by: Person) -> None:
        """Put the bot out of a group."""
        with self.state.changed:
            group.bot_status = "kicked"
            self.put("my_chat_member", self.membership(group, by=by.user, before="member", after="left"))

    def add_bot(self, group: Chat, *, by: Person) -> None:
        """Take the bot (back) into a group."""
        with self.state.changed:
            group.bot_status = "member"
            self.put("my_chat_member", self.membership(group, by=by.user, before="left", after="member"))

    def membership(self, chat: Chat, *, by: JsonObject, before: str, after: str) -> JsonObject:
        """Return the ChatMemberUpdated of the bot itself."""

        def member(status: str) -> JsonObject:
            stub = {"status": status, "user": self.state.bot}
            return stub | {"until_date": 0} if status == "kicked" else stub

        return {
            "chat": chat.as_json(),
            "from": by,
            "date": self.state.date(),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }

    def expire(self, tap: Tap) -> None:
        """Let a tap grow too old to be answered."""
        with self.state.changed:
            tap.is_expired = True

    # -- updates -----------------------------------------------------------------------------------------------------

    def put(self, kind: str, content: JsonObject) -> int:
        """Send the bot an update of this kind and return its id."""
        complaint = complaint_about({"update_id": 0, kind: content}, "Update")
        assert not complaint, complaint
        with self.state.changed:
            update_id = self.state.updates.put(kind, content)
            self.state.changed.notify_all()
        return update_id

    def resolve(self, host: str, *, to: str = "") -> None:
        """Make a public host known to ``setWebhook``; its posts go to the loopback address ``to``, or nowhere."""
        with self.state.changed:
            self.state.updates.hosts[host] = to

    def deliver_each(self, *, copies: int, at_once: int = 1) -> None:
        """Deliver each new update so many times, with so many posts at the same moment."""
        with self.state.changed:
            self.state.updates.copies = copies
            self._edge.posts_at_once = at_once

    def redeliver(self, update_id: int) -> None:
        """Deliver an old update once more."""
        with self.state.changed:
            self.state.updates.repeat(update_id)

    def hold(self) -> None:
        """Keep new updates back."""
        with self.state.changed:
            self.state.updates.is_held = True

    def release(self, *, shuffle: int | None = None) -> None:
        """Deliver what was held back, shuffled by this seed."""
        with self.state.changed:
            self.state.updates.release(shuffle=shuffle)

    def take_updates(self) -> list[JsonObject]:
        """Return, and take out of the queue, what waits for the bot: for a test that posts it by hand."""
        with self.state.changed:
            taken = [each.update for each in self.state.updates.waiting]
            self.state.updates.waiting.clear()
        return taken

    # -- waiting -----------------------------------------------------------------------------------------------------

    def wait_for(
        self, holds: Callable[[], bool], *, within_s: float = 5, otherwise: Callable[[], str] | None = None
    ) -> None:
        """Wait until ``holds``; an AssertionError with the words of ``otherwise`` if it never does."""
        end = time.monotonic() + within_s
        with self.state.changed:
            while not holds():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(otherwise() if otherwise else f"did not happen within {within_s} s")
                self.state.changed.wait(min(left, 0.05))

    def answer_to(self, tap: Tap, *, within_s: float = 5) -> str:
        """Wait until a tap is answered and return the words."""
        self.wait_for(
            lambda: tap.answer is not None,
            within_s=within_s,
            otherwise=lambda: f"the tap on {tap.message.text!r} still spins",
        )
        assert tap.answer is not None
        return tap.answer.text

    def wait_until_confirmed(self, *, within_s: float = 5) -> None:
        """Wait until the bot has taken every update."""
        self.wait_for(
            lambda: not self.state.updates.waiting, within_s=within_s, otherwise=lambda: "updates are still waiting"
        )
