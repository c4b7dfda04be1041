"""The bicycle's whole way on the faces: the storekeeper and the inspector in Telegram, the supervisor and the finance
director in Slack, the buyer on the web.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.slack.send import SlackChannel
from bot.telegram.send import TelegramChannel
from notifier import relay
from tests.bot.slack.peer import Slack, emulator
from tests.bot.slack.running import Person as SlackPerson
from tests.bot.slack.running import buttons, labels
from tests.bot.slack.running import linked as linked_on_slack
from tests.bot.slack.running import running as slack_running
from tests.bot.telegram.running import UNPACED, told
from tests.bot.telegram.running import linked as linked_on_telegram
from tests.bot.telegram.running import running as telegram_running
from tests.bot.web.pages import signed_in
from tests.stages.long_story import Hands, Tally, found_bicycle_maker, play
from tests.telegram_server import Message, TelegramServer
from tests.telegram_server import Person as TelegramPerson
from tests.telegram_server.state import BOT_ID
from tests.tools import eventually
from tests.world import World

_TRIES = 5
_STEP = re.compile(r"\b(\d+) of (\d+)\b")
_SAID = re.compile("Done|Please check")


def named(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers by the names of their fields: ``received_1`` is the first line's."""
    return {name.replace("_", ".") if name[-1].isdigit() else name: value for name, value in answers.items()}


@dataclass
class OnTelegram:
    """Somebody who taps and writes in Telegram, question by question."""

    world: World
    server: TelegramServer
    person: TelegramPerson
    code: str
    tally: Tally

    def shown(self) -> list[Message]:
        return [each for each in self.person.chat.shown if each.sender["id"] == BOT_ID]

    def with_button(self, label: str) -> Message:
        """Return the newest message that has the button, once it is there."""
        found: list[Message] = []

        def is_there() -> bool:
            found[:] = [each for each in self.shown() if {label, f"{label}…"} & set(each.labels)]
            return bool(found)

        self.server.wait_for(is_there, otherwise=lambda: f"no {label!r}:\n{self.person.chat.transcript()}")
        return found[-1]

    def starts(self, flow: str, answers: Mapping[str, str]) -> None:
        before = self.last()
        self.person.command(f"/new {flow}")
        written = self.fill(answers, before)
        self.tally.add(self.code, f"new {flow}", words=1 + written)

    def taps(self, label: str, answers: Mapping[str, str]) -> None:
        card = self.with_button(label)
        shown = label if label in card.labels else f"{label}…"
        before = self.last()
        self.person.taps(card, shown)
        if shown == label:
            self.server.wait_for(lambda: label not in card.labels)
            self.tally.add(self.code, label, taps=1)
            return
        self.tally.add(self.code, label, taps=1, words=self.fill(answers, before))

    def last(self) -> int:
        return max((each.id for each in self.person.chat.shown), default=0)

    def fill(self, answers: Mapping[str, str], before: int) -> int:
        """Answer one question after the other, and return how many words that took."""
        given, count = list(answers.items()), 0
        while True:
            asked = self.next_from_bot(before)
            step = _STEP.search(asked.text)
            if step is None and "Please check" not in asked.text:
                assert "Done" in asked.text, asked.text
                return count
            before = self.last()
            if step is None:
                self.person.presses("Send")
                count += 1
                continue
            value = self.value_for(asked, given)
            if value is None:
                usual = next(key for key in self.person.keys if key not in ("Back", "Cancel"))
                self.person.presses("Skip" if "Skip" in self.person.keys else usual)
            else:
                self.person.says(value)
            count += 1

    def value_for(self, asked: Message, given: list[tuple[str, str]]) -> str | None:
        """Return the next answer, if the question is about it: its field is named by its label on the screen."""
        if not given:
            return None
        name, value = given[0]
        label = _LABELS[name.partition(".")[0] if not name.startswith("goods") else name.rpartition(".")[2]]
        if label not in asked.text:
            return None
        given.pop(0)
        return _KEYS.get(value, value)

    def next_from_bot(self, before: int) -> Message:
        found: list[Message] = []

        def is_there() -> bool:
            new = (each for each in self.shown() if each.id > before)
            found[:] = [each for each in new if _STEP.search(each.text) or _SAID.search(each.text)]
            return bool(found)

        self.server.wait_for(is_there, otherwise=lambda: self.person.chat.transcript())
        return found[0]

    def says(self, words: str) -> None:
        before = self.last()
        self.person.says(words)
        self.server.wait_for(lambda: any(each.id > before for each in self.shown()))


_LABELS = {
    "item": "Item", "quantity": "Quantity", "needed_by": "Needed by", "carrier": "Carrier",
    "tracking": "Tracking number", "received": "Came back", "cause": "Cause",
    "disposition": "What becomes of it", "work": "What was done",
}  # fmt: skip
_KEYS = {"faulty": "Faulty", "repair": "Repair"}


@dataclass
class OnSlack:
    """Somebody who taps and fills in modals in Slack."""

    world: World
    slack: Slack
    person: SlackPerson
    code: str
    tally: Tally

    def starts(self, flow: str, answers: Mapping[str, str]) -> None:
        button = buttons(self.person.commands("/new", flow).json())[0]
        url = f"{self.slack.origin}/respond/x"
        self.fill(
            lambda: self.person.sends(self.person.payload(button, chat=self.person.chat, message="17.1", url=url)),
            answers,
        )
        self.tally.add(self.code, f"new {flow}", taps=2, words=1 + len(answers))

    def taps(self, label: str, answers: Mapping[str, str]) -> None:
        card = self.with_button(label)
        shown = label if label in labels(card) else f"{label}…"
        if shown == label:
            assert self.person.taps(card, shown).status_code == 200
            self.tally.add(self.code, label, taps=1)
            return
        self.fill(lambda: self.person.taps(card, shown), answers)
        self.tally.add(self.code, label, taps=2, words=len(answers))

    def with_button(self, label: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = [
                each for each in self.slack.messages(self.person.chat) if {label, f"{label}…"} & set(labels(each))
            ]
            return bool(found)

        assert eventually(is_there, limit_s=10), f"{self.code} has no {label!r}"
        return found[-1]

    def fill(self, opens: Callable[[], object], answers: Mapping[str, str]) -> None:
        view = next(found for _ in range(_TRIES) if (found := self.opened(opens)))
        sent = self.person.submits(view, answers)
        assert sent.status_code == 200 and "errors" not in sent.text, sent.text

    def opened(self, opens: Callable[[], object]) -> dict[str, Any]:
        """Return the modal that a tap opens; empty when Slack found it too late, and the person has to tap again."""
        before = len(self.slack.calls_of("views.open"))
        opens()
        assert eventually(lambda: len(self.slack.calls_of("views.open")) > before, limit_s=10), self.slack.calls[-3:]
        return dict(self.slack.calls_of("views.open")[-1].answer.get("view", {}))


@dataclass
class OnTheWeb:
    """Somebody in front of a browser."""

    world: World
    client: TestClient
    code: str
    tally: Tally

    def taps(self, label: str, answers: Mapping[str, str]) -> None:
        assert not answers
        page = self.client.get(f"/p/{self.code}/").text
        before = page[: page.index(f"<span>{label}")]
        sent = dict(re.findall(r'name="(token|act|place)" value="([^"]+)"', before[before.rindex("<form") :]))
        done = self.client.post(f"/p/{self.code}/tap", data=sent)
        assert f"Done: {label}." in done.text, done.text
        self.tally.add(self.code, label, taps=1)

    def starts(self, flow: str, answers: Mapping[str, str]) -> None:
        raise AssertionError("the buyer starts nothing in this story")


@dataclass
class OnTheFaces:
    """Sends each person's gestures to the face that they use, and lets the relay bring everybody's cards up to date."""

    world: World
    people: Mapping[str, OnTelegram | OnSlack | OnTheWeb]
    tally: Tally = field(default_factory=Tally)

    def starts(self, who: str, flow: str, **answers: str) -> None:
        self.people[who].starts(flow, named(answers))
        self._go_on()

    def taps(self, who: str, label: str, **answers: str) -> None:
        told(self.world)
        self.people[who].taps(label, named(answers))
        self._go_on()

    def asks(self, who: str, words: str) -> None:
        person = self.people[who]
        assert isinstance(person, OnTelegram)
        person.says(words)

    def replies(self, who: str, words: str) -> None:
        person = self.people[who]
        assert isinstance(person, OnTelegram)
        card = person.with_button("Enter the count")
        before = person.last()
        person.person.says(words, reply_to=card)
        person.server.wait_for(lambda: any(each.id > before and "Done" in each.text for each in person.shown()))
        self.tally.add(who, "count", words=1)
        self._go_on()

    def _go_on(self) -> None:
        self.world.pass_time(minutes=7)
        relay.start_waiting(self.world.desk)
        told(self.world)


@pytest.fixture
def hands(shop: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnTheFaces]:
    """Two chats and a browser, each with the people who use it."""
    found_bicycle_maker(shop)
    with emulator(tmp_path_factory.mktemp("emulator")) as port, TelegramServer() as telegram:
        slack = Slack(port)
        shop.channels["slack"] = SlackChannel(slack.api(timeout_s=5))
        phone = TelegramChannel(telegram.token, base_url=telegram.base_url, timeout_s=5, pace=UNPACED)
        shop.channels["telegram"] = phone
        made = OnTheFaces(shop, {})
        with slack_running(shop.desk, slack) as address, telegram_running(shop.desk, telegram):
            people: dict[str, OnTelegram | OnSlack | OnTheWeb] = {
                code: OnTelegram(shop, telegram, linked_on_telegram(shop, telegram, code), code, made.tally)
                for code in ("lin", "maria")
            }
            people |= {
                code: OnSlack(shop, slack, linked_on_slack(shop, slack, address, code), code, made.tally)
                for code in ("otto", "zhao")
            }
            people["chen"] = OnTheWeb(shop, signed_in(shop, "chen"), "chen", made.tally)
            made.people = people
            yield made
        phone.close()
        slack.close()
        assert slack.complaints == []


@pytest.mark.slow
def test_the_long_story_in_two_chats_and_a_browser(shop: World, hands: OnTheFaces) -> None:
    acting: Hands = hands
    play(shop, acting)
    print("\n" + hands.tally.table())
