"""What half-typed words may mean, on both databases."""

import pytest

from inventory_core.db.engine import reading
from tests.world import World
from workflows import suggestions
from workflows.definition import FieldKind


@pytest.mark.parametrize(
    ("kind", "words", "code"),
    [("item", "nut", "NUT"), ("item", "itme nutt", "NUT"), ("location", "a-1", "A-1"),
     ("person", "maira santos", "maria"), ("partner", "litwear", "LITWARE"),
     ("lot", "nothing", None), ("item", "100%_\\", None)],
)  # fmt: skip
def test_things_of_every_kind_are_found(world: World, kind: FieldKind, words: str, code: str | None) -> None:
    world.given_item("NUT")
    with reading(world.engine) as db:
        found = suggestions.find(db, kind, words)
        again = suggestions.find(db, kind, words)
    assert (found[0].code if found else None) == code
    assert found == again


def test_a_thing_that_was_added_or_given_up_since_is_known_at_once(world: World) -> None:
    world.given_item("NUT")
    with reading(world.engine) as db:
        assert suggestions.find(db, "item", "wahser") == []
    world.given_item("WASHER")
    with reading(world.engine) as db:
        assert [each.code for each in suggestions.find(db, "item", "wahser")] == ["WASHER"]
