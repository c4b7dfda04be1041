"""A bicycle's whole way: its parts are needed, bought, received, put away, issued; it is made, sent, sent back,
repaired, sent again and counted; and then anybody can be told where each part came from and who has it.
"""

from bot import conversation
from notifier import relay
from tests.stages.long_story import Tally, found_bicycle_maker, play
from tests.world import World
from workflows.cards import Done, Refused
from workflows.intents import Sender

_MOST_TAPS = 2


class AtTheDoor:
    """Lets people act where every face passes on what it is told."""

    def __init__(self, world: World) -> None:
        self.world, self.tally = world, Tally()

    def starts(self, who: str, flow: str, **answers: str) -> None:
        world = self.world
        opened = conversation.answer(
            world.desk, Sender("web", "", who), world.address(who), f"new {flow}", dedupe=f"m:{next(world.ids)}"
        ).form
        assert opened is not None
        self._done(who, world.send(who, opened.token, answers))
        self.tally.add(who, f"new {flow}", taps=1, words=1 + len(answers))

    def taps(self, who: str, label: str, **answers: str) -> None:
        world = self.world
        at = next(i for i, card in enumerate(world.inbox(who)) if any(each.label == label for each in card.buttons))
        button = world.button(who, label, card=at)
        named = {name.replace("_", ".") if name[-1].isdigit() else name: value for name, value in answers.items()}
        self._done(who, world.send(who, button.token, named or None))
        self.tally.add(who, label, taps=2 if button.opens_form else 1, words=len(answers))
        world.pass_time(minutes=7)
        relay.start_waiting(world.desk)

    def asks(self, who: str, words: str) -> None:
        world = self.world
        conversation.answer(world.desk, Sender("web", "", who), world.address(who), words, dedupe=words)

    def replies(self, who: str, words: str) -> None:
        world = self.world
        about = world.inbox(who)[0].subject
        reply = conversation.answer(
            world.desk, Sender("web", "", who), world.address(who), words, dedupe=f"m:{next(world.ids)}", about=about
        )
        assert reply.cards and reply.cards[0].status, reply.words
        self.tally.add(who, "count", words=1)

    def _done(self, who: str, result: Done | Refused) -> None:
        assert isinstance(result, Done), (who, result.words, getattr(result, "errors", {}))


def test_a_bicycle_from_the_need_for_its_parts_to_the_customers_return_and_back(world: World) -> None:
    found_bicycle_maker(world)
    hands = AtTheDoor(world)
    play(world, hands)
    print("\n" + hands.tally.table())
    assert all(each.taps <= _MOST_TAPS for done in hands.tally.rows.values() for each in done)
