"""The face of Slack at work, and people who tap, type and send forms, each request signed as Slack signs it."""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.slack.api import Api
from bot.slack.routes import PATH, SlackFace
from inventory_core.db.engine import writing
from tests.bot.slack.limits import complaint_about
from tests.bot.slack.peer import Slack
from tests.serving import app_with, served
from tests.tools import eventually
from tests.world import World
from workflows import people
from workflows.desk import Desk
from workflows.intents import Address, Sender

SECRET = "5c0e8a1d7f3b92466ad1e9b07c42f35d"
_ids = itertools.count(1)


@contextmanager
def running(desk: Desk, slack: Slack, *, app_token: str | None = None, api: Api | None = None) -> Iterator[str]:
    """Serve a new face and give the address that Slack calls."""
    face = SlackFace(desk, api or slack.api(), signing_secret=SECRET, app_token=app_token)
    with served(lambda _address: app_with(face)) as address:
        yield f"{address}{PATH}"


def signed(body: bytes, *, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which Slack sends a body."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    kind = "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded"
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}


@dataclass(slots=True)
class Person:
    """Somebody in the workspace, in the direct chat with the bot."""

    slack: Slack
    address: str
    name: str
    chat: str = field(init=False)

    def __post_init__(self) -> None:
        self.chat = self.slack.direct(self.name)

    @property
    def id(self) -> str:
        return self.slack.users[self.name]

    def posts(self, body: bytes, **headers: str) -> httpx.Response:
        answer = httpx.post(self.address, content=body, headers=signed(body) | headers, timeout=30)
        if answer.text.startswith("{"):  # what is shown by the answer itself has the same limits
            told = answer.json()
            method = "chat.postEphemeral" if "response_type" in told else "answer"
            self.slack.complaints += filter(None, [complaint_about(method, told)])
        return answer

    def sends(self, payload: Mapping[str, Any], **headers: str) -> httpx.Response:
        return self.posts(urlencode({"payload": json.dumps(payload)}).encode(), **headers)

    def card(self, words: str) -> dict[str, Any]:
        """Return the newest message in the chat with these words, once it is there."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = [
                each for each in self.slack.messages(self.chat) if words in json.dumps(each, ensure_ascii=False)
            ]
            return bool(found)

        assert eventually(is_there, limit_s=10), f"{self.name} sees no {words!r}"
        return found[-1]

    def tap(self, message: Mapping[str, Any], label: str, *, chat: str = "") -> dict[str, Any]:
        """Return what Slack sends for a press of a button."""
        button = next(each for each in buttons(message) if each["text"]["text"] == label)
        return self.payload(button, chat=chat or self.chat, message=message["ts"])

    def payload(self, button: Mapping[str, Any], *, chat: str = "", message: str = "", url: str = "") -> dict[str, Any]:
        container: dict[str, Any] = {"type": "message" if message else "view"}
        if message:
            container |= {"message_ts": message, "channel_id": chat, "is_ephemeral": bool(url)}
        return {
            "type": "block_actions",
            "team": {"id": self.slack.team, "domain": "company"},
            "user": {"id": self.id, "team_id": self.slack.team, "name": self.name},
            "api_app_id": "A111",
            "token": "verification_token",
            "container": container,
            "trigger_id": self.slack.trigger(self.name),
            "response_url": url,
            "actions": [{**button, "block_id": "b", "action_ts": f"{time.time():.6f}"}],
            **({"channel": {"id": chat, "name": "directmessage"}} if message else {}),
        }

    def taps(self, message: Mapping[str, Any], label: str, **headers: str) -> httpx.Response:
        return self.sends(self.tap(message, label), **headers)

    def submits(self, view: Mapping[str, Any], answers: Mapping[str, str | dict[str, Any]]) -> httpx.Response:
        """Send an open modal with answers by block; those not named keep what the modal came with."""
        values: dict[str, Any] = {}
        for block in (each for each in view["blocks"] if each["type"] == "input"):
            element, name = block["element"], block["block_id"]
            given = answers.get(name)
            values[name] = {element["action_id"]: given if isinstance(given, dict) else state_of(element, given)}
        return self.in_view("view_submission", {**view, "state": {"values": values}})

    def writes(self, view: Mapping[str, Any], name: str, words: str, **others: str) -> httpx.Response:
        """Write into one question of an open modal, where others hold something already."""
        values = {
            each["block_id"]: {each["element"]["action_id"]: state_of(each["element"], others.get(each["block_id"]))}
            for each in view["blocks"]
            if each["type"] == "input"
        }
        block = next(each for each in view["blocks"] if each.get("block_id") == name)
        action = {"block_id": name, "action_id": block["element"]["action_id"]}
        action |= state_of(block["element"], words)
        values[name] = {action["action_id"]: state_of(block["element"], words)}
        return self.in_view("block_actions", {**view, "state": {"values": values}}, actions=[action], trigger_id="")

    def presses(self, view: Mapping[str, Any], label: str, **answers: str) -> httpx.Response:
        """Press a button in an open modal, where questions were answered so and not sent."""
        inputs = [each for each in view["blocks"] if each["type"] == "input"]
        values = {
            each["block_id"]: {each["element"]["action_id"]: state_of(each["element"], answers.get(each["block_id"]))}
            for each in inputs
        }
        found = [*buttons(view), *(each["accessory"] for each in view["blocks"] if "accessory" in each)]
        button = next(each for each in found if each["text"]["text"] == label)
        trigger = self.slack.trigger(self.name, view=view["id"])
        seen = {**view, "state": {"values": values}}
        return self.in_view("block_actions", seen, actions=[{**button, "block_id": "b"}], trigger_id=trigger)

    def searches(self, view: Mapping[str, Any], name: str, words: str) -> list[tuple[str, str]]:
        """Return what is offered for words that are typed into a field: (value, text)."""
        block = next(each for each in view["blocks"] if each.get("block_id") == name)
        answer = self.in_view(
            "block_suggestion", view, block_id=name, action_id=block["element"]["action_id"], value=words
        )
        assert answer.status_code == 200, answer.text
        options = answer.json()["options"]
        assert len(options) <= 100 and all(1 <= len(each["text"]["text"]) <= 75 for each in options)
        return [(each["value"], each["text"]["text"]) for each in options]

    def updated(self, words: str = "") -> dict[str, Any]:
        """Return the modal that was updated last, once it says this."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            calls = self.slack.calls_of("views.update")[-1:]
            found[:] = [dict(each.answer["view"]) for each in calls if words in each.said and "view" in each.answer]
            return bool(found)

        assert eventually(is_there, limit_s=10), [each.said for each in self.slack.calls_of("views.update")]
        return found[0]

    def in_view(self, kind: str, view: Mapping[str, Any], **more: Any) -> httpx.Response:
        """Send what Slack sends of a modal."""
        team, user = {"id": self.slack.team, "domain": "company"}, {"id": self.id, "team_id": self.slack.team}
        return self.sends({"type": kind, "team": team, "user": user, "view": view, **more})

    def modal(self) -> dict[str, Any]:
        """Return the modal that was opened last, as the emulator keeps it, once it is there."""
        assert eventually(lambda: bool(self.slack.calls_of("views.open")), limit_s=10), self.slack.calls
        return dict(self.slack.calls_of("views.open")[-1].answer["view"])

    def says(self, words: str, *, thread: str = "", **changed: Any) -> httpx.Response:
        event = {
            "type": "message",
            "user": self.id,
            "text": words,
            "channel": self.chat,
            "channel_type": "im",
            "ts": f"{time.time():.6f}",
            **({"thread_ts": thread} if thread else {}),
            **changed,
        }
        return self.hears(event)

    def hears(self, event: Mapping[str, Any]) -> httpx.Response:
        body = {
            "token": "t",
            "team_id": self.slack.team,
            "api_app_id": "A111",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(_ids)}",
            "authorizations": [{"team_id": self.slack.team, "user_id": "U0", "is_bot": True}],
        }
        return self.posts(json.dumps(body).encode())

    def shortcut(self, callback_id: str, words: str, *, chat: str = "") -> httpx.Response:
        """Take a shortcut on somebody's message."""
        channel = chat or self.slack.channel("general")
        return self.sends(
            {
                "type": "message_action",
                "callback_id": callback_id,
                "trigger_id": self.slack.trigger(self.name),
                "response_url": f"{self.slack.origin}/respond/{next(_ids)}",
                "team": {"id": self.slack.team, "domain": "company"},
                "user": {"id": self.id, "team_id": self.slack.team, "name": self.name},
                "channel": {"id": channel, "name": "general"},
                "message_ts": "17.1",
                "message": {"type": "message", "user": "U9", "ts": "17.1", "text": words},
                "token": "t",
                "action_ts": "17.2",
            }
        )

    def commands(self, command: str, text: str = "", *, chat: str = "", trigger: str = "") -> httpx.Response:
        return self.posts(
            urlencode(
                {
                    "command": command,
                    "text": text,
                    "team_id": self.slack.team,
                    "user_id": self.id,
                    "channel_id": chat or self.chat,
                    "channel_name": "x",
                    "trigger_id": trigger or f"t.{next(_ids)}",
                    "response_url": f"{self.slack.origin}/respond/{next(_ids)}",
                    "token": "t",
                    "api_app_id": "A111",
                }
            ).encode()
        )


def state_of(element: Mapping[str, Any], given: str | None) -> dict[str, Any]:
    """Return the state of an element in which somebody answered so; None leaves what it came with."""
    match element["type"]:
        case "static_select" | "radio_buttons" | "external_select":
            known = element.get("initial_option", {}).get("value")
            value = known if given is None else given
            return {"type": element["type"], "selected_option": {"value": value} if value else None}
        case "datepicker":
            return {"type": "datepicker", "selected_date": element.get("initial_date") if given is None else given}
        case "file_input":
            return {"type": "file_input", "files": []}
    return {"type": element["type"], "value": (element.get("initial_value") if given is None else given) or None}


def buttons(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [block["elements"] for block in message.get("blocks", []) if block["type"] == "actions"]
    return [each for row in rows for each in row if each["type"] == "button"]


def labels(message: Mapping[str, Any]) -> list[str]:
    return [each["text"]["text"] for each in buttons(message)]


def linked(world: World, slack: Slack, address: str, name: str) -> Person:
    """Let an employee's account be linked, without a word in the chat."""
    person = Person(slack, address, name)
    sender = Sender("slack", slack.team, person.id)
    with writing(world.engine) as db:
        code = people.new_link_code(db, world.person(name), now=world.now)
        people.link(db, sender, Address("slack", slack.team, person.chat), code, now=world.now)
    return person


def told(world: World) -> None:
    """Let the relay bring everybody's cards up to date."""
    relay = world.relay()
    while relay.turn():
        pass
