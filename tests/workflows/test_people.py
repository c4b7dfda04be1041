"""Tying a chat account to an employee."""

import pytest

from inventory_core.db.engine import reading, writing
from tests.world import World
from workflows import people
from workflows.intents import Address, Sender
from workflows.people import Employee, LinkFailure

SLACK = Sender("slack", "T1", "U1")
DM = Address("slack", "T1", "D1")


def code_for(world: World, employee: str) -> str:
    with writing(world.engine) as db:
        return people.new_link_code(db, world.person(employee), now=world.now)


def link(world: World, code: str, sender: Sender = SLACK) -> Employee | LinkFailure:
    with writing(world.engine) as db:
        return people.link(db, sender, DM, code, now=world.now)


def test_a_code_ties_an_account_once(world: World) -> None:
    code = code_for(world, "lin")
    tied = link(world, code.lower())
    assert isinstance(tied, Employee) and tied.code == "lin"
    with reading(world.engine) as db:
        assert people.who(db, SLACK) == tied
    assert link(world, code, Sender("slack", "T1", "U2")) == "link.wrong_code"


def test_a_code_is_over_after_ten_minutes(world: World) -> None:
    code = code_for(world, "lin")
    world.pass_time(minutes=11)
    assert link(world, code) == "link.wrong_code"


def test_five_wrong_codes_lock_an_account_out_for_fifteen_minutes(world: World) -> None:
    for _ in range(5):
        assert link(world, "AAAAAAAA") == "link.wrong_code"
    assert link(world, code_for(world, "lin")) == "link.locked"
    world.pass_time(minutes=16)
    assert isinstance(link(world, code_for(world, "lin")), Employee)


def test_an_account_of_one_person_is_not_given_to_another(world: World) -> None:
    link(world, code_for(world, "lin"))
    assert link(world, code_for(world, "maria")) == "link.taken"
    with reading(world.engine) as db:
        found = people.who(db, SLACK)
    assert found is not None and found.code == "lin"


@pytest.mark.parametrize("kind", ["signin", "session"])
def test_a_secret_opens_its_own_kind_until_it_is_over(shop: World, kind: str) -> None:
    assert kind in ("signin", "session")
    with writing(shop.engine) as db:
        secret = people.new_secret(db, kind, shop.person("lin"), now=shop.now)  # type: ignore[arg-type]
        assert people.behind_secret(db, kind, secret, now=shop.now) == shop.person("lin")  # type: ignore[arg-type]
        other = "session" if kind == "signin" else "signin"
        assert people.behind_secret(db, other, secret, now=shop.now) is None  # type: ignore[arg-type]
        assert not people.is_demo_secret(db, secret, now=shop.now)
        shop.pass_time(days=31)
        assert people.behind_secret(db, kind, secret, now=shop.now) is None  # type: ignore[arg-type]
