"""Tying a chat account to an employee."""

import pytest
from sqlalchemy import text

from bot import conversation
from inventory_core.db.engine import reading, writing
from notifier import subjects
from tests.world import World
from workflows import people
from workflows.inbox import Reader
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


def kinds(world: World) -> list[str]:
    return [each for each in world.journal_kinds() if each.startswith("link.")]


def told(world: World, code: str) -> list[str]:
    """Return what stands in somebody's inbox on the web about their accounts."""
    while world.relay().turn():
        pass
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT m.subject FROM messages m JOIN chats c ON c.id = m.chat_id
                WHERE c.platform = 'web' AND c.chat = :code AND m.subject LIKE 'account:%' ORDER BY m.id
            """),
            {"code": code},
        ).scalars()
    reader = Reader("en", world.address(code), code)
    cards = [subjects.card_of(world.desk, each, reader) for each in rows]
    return [f"{each.title}. {each.summary}" for each in cards if each is not None]


def test_who_an_account_is_tied_to_is_told_elsewhere_and_unties_it_at_once(world: World) -> None:
    link(world, code_for(world, "lin"))
    assert told(world, "lin") == [
        "A Slack account was tied to you. At 09:00. If that was not you, write here: unlink slack"
    ]
    asked = Sender("web", "", "lin")
    for words in ("Your Slack accounts are untied.", "No Slack account is tied to you."):
        reply = conversation.answer(world.desk, asked, world.address("lin"), "unlink slack", dedupe=words)
        assert reply.words.startswith(words)
    with reading(world.engine) as db:
        assert people.who(db, SLACK) is None
        assert db.execute(text("SELECT is_open FROM chats WHERE platform = 'slack'")).scalar_one() == 0
    assert kinds(world) == ["link.code_made", "link.made", "link.ended"]


def test_whose_code_others_try_is_told_and_each_try_is_in_the_audit(world: World) -> None:
    code_for(world, "lin")
    for _ in range(6):
        link(world, "AAAAAAAA")
    assert kinds(world) == ["link.code_made", *["link.refused"] * 5, "link.locked"]
    assert told(world, "lin")[0].startswith("Somebody tried codes in Slack. Five wrong codes came from a Slack account")
    assert told(world, "maria") == []


def test_whose_code_a_colleague_writes_is_told(world: World) -> None:
    link(world, code_for(world, "lin"))
    assert link(world, code_for(world, "maria")) == "link.taken"
    (words,) = told(world, "maria")
    assert words.startswith("Slack: your code was used by somebody else. Lin Wei wrote it at 09:00")


def test_a_code_has_eight_of_thirty_two_signs_and_only_its_hash_is_kept(world: World) -> None:
    code = code_for(world, "lin")
    assert len(code) == 8 and set(code) <= set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    with reading(world.engine) as db:
        assert code not in str(db.execute(text("SELECT code_hash FROM link_codes")).scalar_one())
