"""The twelve ways in which work flows, each as ten lines of YAML and played to its end."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading, writing
from tests.workflows.desk import Play
from tests.world import World
from workflows import asides, cases, deadlines, people
from workflows.cards import Done, Refused

SEQUENCE = """
steps:
  write: {asks: storekeeper, outcomes: {send: check}}
  check: {asks: inspector, outcomes: {fine: sign}}
  sign: {asks: supervisor, outcomes: {signed: done}}
"""


def test_sequence(world: World) -> None:
    play = Play.of(world, SEQUENCE)
    for person, label, after in (("lin", "send", "(check)"), ("maria", "fine", "(sign)"), ("otto", "signed", "done")):
        assert isinstance(play.answer(person, label), Done)
        assert play.reached == after
    assert examine(world.engine) == []


CHOICE = """
fields: {amount: {kind: money}}
steps:
  write:
    asks: storekeeper
    outcomes: {send: {form: [amount], then: [{when: amount > 50000, go: large}, {go: small}]}}
  large: {asks: finance_director, outcomes: {approve: done}}
  small: {asks: supervisor, outcomes: {approve: done}}
"""


@pytest.mark.parametrize(("amount", "asked"), [("50000", "small"), ("50000.01", "large"), ("7", "small")])
def test_exclusive_choice(world: World, amount: str, asked: str) -> None:
    play = Play.of(world, CHOICE)
    play.answer("lin", "send", {"amount": amount})
    assert list(play.waits()) == [asked]


FILLED = """
fields: {amount: {kind: money}, best: {kind: money}, day: {kind: date}}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [amount], then: choose}}}
  choose:
    asks: supervisor
    outcomes:
      take: {offered_when: amount > 10, fills: {best: amount - 1, day: today + 2}, then: sign}
      leave: done
  sign: {asks: buyer, shows: [best, day], outcomes: {signed: done}}
"""


def test_a_button_is_there_while_its_condition_holds_and_fills_in_what_it_says(world: World) -> None:
    play = Play.of(world, FILLED)
    play.answer("lin", "send", {"amount": "12"})
    play.answer("otto", "take")
    assert [(each.label, each.value) for each in world.inbox("chen")[0].facts][1:] == [
        ("best", "11.00"),
        ("day", "20 Nov"),
    ]
    other = Play.of(world, FILLED)
    other.answer("lin", "send", {"amount": "10"})
    assert [each.label for each in world.inbox("otto")[0].buttons] == ["leave"]
    with reading(world.engine) as db:
        hidden = db.execute(text("SELECT token FROM card_tokens WHERE outcome = 'take' ORDER BY task_id DESC")).scalar()
    assert isinstance(world.send("otto", str(hidden)), Refused)
    assert other.reached == "(choose)"


TOGETHER = """
steps:
  both: {together: {quality: inspect, money: price}, then: post}
  inspect: {asks: inspector, outcomes: {fine: joined}}
  price: {asks: buyer, outcomes: {fair: sign, mad: {tone: bad, then: refused}}}
  sign: {asks: finance_director, outcomes: {signed: joined}}
  post: {asks: storekeeper, outcomes: {put away: done}}
ends: {done: {}, refused: {tone: bad}}
""".replace("put away", "put_away")


def test_parallel_split_and_join(world: World) -> None:
    play = Play.of(world, TOGETHER)
    assert play.waits() == {"inspect": ["inspector"], "price": ["buyer"]}
    play.answer("maria", "fine")
    assert list(play.waits()) == ["price"]
    play.answer("chen", "fair")
    play.answer("zhao", "signed")
    assert list(play.waits()) == ["post"]
    play.answer("lin", "put_away")
    assert play.reached == "done"
    assert examine(world.engine) == []


def test_an_end_within_one_way_closes_the_others(world: World) -> None:
    play = Play.of(world, TOGETHER)
    play.answer("chen", "mad")
    assert (play.reached, play.waits(), play.sees("maria")) == ("refused", {}, [])
    assert examine(world.engine) == []


def test_an_end_within_the_first_way_never_opens_the_second(world: World) -> None:
    play = Play.of(
        world,
        """
        fields: {n: {kind: integer}}
        steps:
          write: {asks: requester_role, outcomes: {send: {form: [n], then: both}}}
          both: {together: {a: close, b: check}, then: done}
          close: {does: production.issue, then: done}
          check: {asks: inspector, outcomes: {fine: joined}}
        """.replace("requester_role", "storekeeper").replace(
            "does: production.issue", "does: {action: production.issue, using: {item: \"'NUT'\", quantity: n}}"
        ),
    )
    world.given_item("NUT")
    _stock(world, "NUT", 5)
    assert isinstance(play.answer("lin", "send", {"n": "2"}), Done)
    assert (play.reached, play.waits(), world.on_hand("NUT").total) == ("done", {}, 3)


N_OF_M = """
steps:
  vote:
    asks: [inspector, supervisor, finance_director]
    agree: 2
    outcomes: {yes: done, no: {tone: plain, then: refused}}
ends: {done: {}, refused: {}}
"""


def test_n_of_m_must_agree(world: World) -> None:
    play = Play.of(world, N_OF_M)
    play.answer("maria", "yes")
    assert play.reached == "(vote)" and "yes" not in play.sees("maria")
    play.answer("otto", "no")
    assert play.reached == "(vote)"
    play.answer("zhao", "yes")
    assert play.reached == "done"


def test_two_of_three_against_end_it_before_the_third_answers(world: World) -> None:
    play = Play.of(world, N_OF_M)
    play.answer("maria", "no")
    play.answer("otto", "no")
    assert (play.reached, play.sees("zhao")) == ("refused", [])
    assert examine(world.engine) == []


IN_ORDER = """
steps:
  sign:
    asks: [inspector, supervisor, finance_director]
    agree: all
    in_order: true
    outcomes: {yes: done, no: {tone: bad, then: refused}}
ends: {done: {}, refused: {}}
"""


def test_all_in_order_are_asked_one_after_the_other(world: World) -> None:
    play = Play.of(world, IN_ORDER)
    for person, role in (("maria", "inspector"), ("otto", "supervisor"), ("zhao", "finance_director")):
        assert play.waits() == {"sign": [role]}
        play.answer(person, "yes")
    assert play.reached == "done"
    other = Play.of(world, IN_ORDER)
    other.answer("maria", "yes")
    other.answer("otto", "no")
    assert (other.reached, other.waits()) == ("refused", {})
    assert examine(world.engine) == []


def test_each_holder_of_a_role_is_asked_and_when_all_differ_the_most_careful_answer_stands(world: World) -> None:
    with writing(world.engine) as db:
        for code in ("nina", "omar"):
            people.create(db, code, code.title(), language="en", roles=["supervisor"])
    play = Play.of(
        world,
        """
        steps:
          vote:
            asks: {role: supervisor, each: true}
            agree: 2
            outcomes: {buy: done, wait: {then: later}, drop: {then: dropped}}
        ends: {done: {}, later: {}, dropped: {}}
        """,
    )
    assert play.waits() == {"vote": ["otto", "nina", "omar"]}
    for code, label in (("otto", "buy"), ("nina", "drop"), ("omar", "wait")):
        play.answer(code, label)
    assert play.reached == "dropped"


DISCRIMINATOR = """
steps:
  quotes: {together: {one: first, two: second}, joins: one, then: order}
  first: {asks: inspector, outcomes: {quote_a: joined}}
  second: {asks: supervisor, outcomes: {quote_b: joined}}
  order: {asks: buyer, outcomes: {ordered: done}}
"""


def test_discriminator_goes_on_with_the_first(world: World) -> None:
    play = Play.of(world, DISCRIMINATOR)
    token = next(each.token for card in world.inbox("maria") for each in card.buttons)
    play.answer("otto", "quote_b")
    assert (list(play.waits()), play.sees("maria")) == (["order"], [])
    late = world.send("maria", token)
    assert isinstance(late, Refused) and "Already settled" in late.words
    play.answer("chen", "ordered")
    assert play.reached == "done"


SEND_BACK = """
fields: {amount: {kind: integer}}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [amount], then: check}}}
  check:
    asks: [inspector, supervisor]
    agree: all
    outcomes: {fine: done, again: {tone: bad, then: {back_to: write}}}
"""


def test_what_is_sent_back_is_answered_anew_and_old_votes_do_not_count(world: World) -> None:
    play = Play.of(world, SEND_BACK)
    play.answer("lin", "send", {"amount": "5"})
    play.answer("maria", "fine")
    play.answer("otto", "again")
    assert list(play.waits()) == ["write"]
    form = world.open_form("lin", "send")
    assert form.fields[0].default == "5"
    play.answer("lin", "send", {"amount": "6"})
    play.answer("otto", "fine")
    assert play.reached == "(check)", "the vote of the first visit does not count"
    play.answer("maria", "fine")
    assert play.reached == "done"
    assert examine(world.engine) == []


ESCALATION = """
steps:
  approve:
    asks: supervisor
    late:
      - {after: 4 business hours, remind: true}
      - {after: 8 business hours, also_ask: buyer}
      - {after: 2 business days, hand_to: finance_director}
      - {after: 3 business days, decide: refuse}
    outcomes: {approve: done, refuse: {tone: bad, then: refused}}
ends: {done: {}, refused: {}}
"""


def test_escalation_reminds_adds_hands_over_and_decides(world: World) -> None:
    play = Play.of(world, ESCALATION)  # a Wednesday, 9:00; the company works from 8 to 17
    play.wait(hours=3, minutes=59)
    assert "late" not in str(world.journal_kinds()) and play.waits() == {"approve": ["supervisor"]}
    play.wait(minutes=1)
    assert _late_entries(world) == 1
    play.wait(hours=4)
    assert play.waits() == {"approve": ["supervisor", "buyer"]}
    play.wait(hours=40)  # Friday 9:00
    assert play.waits() == {"approve": ["buyer", "finance_director"]}
    play.wait(days=2)  # the weekend counts for nothing
    assert play.reached == "(approve)"
    play.wait(days=1)
    assert play.reached == "refused"
    assert world.person("zhao") and examine(world.engine) == []
    card = _case_card(world, play)
    assert card.story[-1].endswith("By itself: refuse")


def test_an_answer_in_time_ends_the_deadlines(world: World) -> None:
    play = Play.of(world, ESCALATION)
    play.answer("otto", "approve")
    play.wait(days=30)
    assert (play.reached, _late_entries(world)) == ("done", 0)


DEFERRED = """
steps:
  wait_for:
    asks: [{role: storekeeper, offers: [arrived]}, {role: buyer, offers: [cancelled]}]
    late: [{after: 10 days, decide: given_up}]
    outcomes: {arrived: done, cancelled: {then: gone}, given_up: {then: gone}}
ends: {done: {}, gone: {}}
"""


def test_deferred_choice_whatever_happens_first(world: World) -> None:
    play = Play.of(world, DEFERRED)
    assert (play.sees("lin"), play.sees("chen")) == (["arrived"], ["cancelled"])
    play.answer("chen", "cancelled")
    assert (play.reached, play.sees("lin")) == ("gone", [])
    other = Play.of(world, DEFERRED)
    other.wait(days=10)
    assert other.reached == "gone"


CANCEL = """
fields: {amount: {kind: integer}, price: {kind: money}}
cancel: {by: manager, does: receiving.take_back}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [amount, price], then: book}}}
  book: {does: {action: receiving.book, using: {item: "'NUT'", quantity: amount, price: price}}, then: done}
"""


def test_cancel_takes_back_what_was_done(world: World) -> None:
    world.given_item("NUT")
    play = Play.of(world, CANCEL)
    play.answer("lin", "send", {"amount": "7", "price": "2.5"})
    assert (play.reached, world.on_hand("NUT").available) == ("done", 7)
    with pytest.raises(asides.MayNotCancel), writing(world.engine) as db:
        asides.cancel(db, world.desk, play.case_id, world.person("lin"), "no")
    with writing(world.engine) as db:
        asides.cancel(db, world.desk, play.case_id, world.person("chen"), "wrong supplier")
    assert (play.reached, world.on_hand("NUT").total) == ("stopped", 0)
    assert examine(world.engine) == []


SUB_FLOW = """
flow: two_signatures
steps:
  first: {asks: supervisor, outcomes: {sign: second, refuse: {tone: bad, then: refused}}}
  second: {asks: finance_director, someone_other_than: [first], outcomes: {sign: signed}}
ends: {signed: {}, refused: {}}
"""
MAIN_FLOW = """
steps:
  write: {asks: storekeeper, outcomes: {send: signatures}}
  signatures: {runs: two_signatures, ends: {signed: file, refused: no}}
  file: {asks: buyer, someone_other_than: [signatures], outcomes: {filed: done}}
ends: {done: {}, no: {}}
"""


def test_a_flow_runs_another_and_goes_on_where_it_ends(world: World) -> None:
    Play.publish(world, SUB_FLOW)
    play = Play.of(world, MAIN_FLOW)
    play.answer("lin", "send")
    assert play.waits() == {"signatures.first": ["supervisor"]}
    Play.publish(world, SUB_FLOW.replace("finance_director", "inspector"))  # a case keeps to the version it began with
    play.answer("otto", "sign")
    assert play.waits() == {"signatures.second": ["finance_director"]}
    play.answer("zhao", "sign")
    play.answer("chen", "filed")
    assert play.reached == "done"


DELEGATION = """
fields: {amount: {kind: money}}
facts: {total: amount}
amount: total
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [amount], then: approve}}}
  approve: {asks: finance_director, someone_other_than: [write], outcomes: {approve: done}}
"""


def test_a_stand_in_answers_for_who_is_away_up_to_an_amount(world: World) -> None:
    play = Play.of(world, DELEGATION)
    play.answer("lin", "send", {"amount": "900"})
    play.stand_in("zhao", "chen", at_most=1_000_0000)
    done = play.answer("chen", "approve")
    assert isinstance(done, Done) and done.card is not None
    assert done.card.story[-1].endswith("Chen Jing for Zhao Min: approve")
    assert play.reached == "done"
    larger = Play.of(world, DELEGATION)
    larger.answer("lin", "send", {"amount": "1000.01"})
    assert larger.sees("chen") == []
    world.pass_time(days=8)
    small = Play.of(world, DELEGATION)
    small.answer("lin", "send", {"amount": "1"})
    assert small.sees("chen") == []


def test_four_eyes_look_at_both_the_stand_in_and_whom_they_stand_in_for(world: World) -> None:
    play = Play.of(world, DELEGATION)
    play.stand_in("zhao", "lin")
    play.answer("lin", "send", {"amount": "900"})
    assert play.sees("lin") == [], "who wrote it does not approve it for another either"
    play.answer("zhao", "approve")
    other = Play.of(world, DELEGATION)
    with writing(world.engine) as db:
        people_role(db, world, "zhao", "storekeeper")
        people_role(db, world, "maria", "finance_director")
    other.stand_in("zhao", "maria")
    other.answer("maria", "send", {"amount": "5"})
    assert other.waits() == {"approve": ["finance_director"]}
    assert (other.sees("zhao"), other.sees("maria")) == ([], [])


WITHDRAW = """
steps:
  write: {asks: storekeeper, outcomes: {send: approve}}
  approve: {asks: supervisor, outcomes: {approve: done}}
"""


def test_who_asked_withdraws_it_and_the_cards_close(world: World) -> None:
    play = Play.of(world, WITHDRAW)
    play.answer("lin", "send")
    token = next(each.token for card in world.inbox("otto") for each in card.buttons)
    with pytest.raises(asides.NotStarted), writing(world.engine) as db:
        asides.withdraw(db, world.desk, play.case_id, world.person("otto"), "mine")
    with writing(world.engine) as db:
        asides.withdraw(db, world.desk, play.case_id, world.person("lin"), "not needed any more")
    assert (play.reached, play.sees("otto")) == ("stopped", [])
    refused = world.send("otto", token)
    assert isinstance(refused, Refused) and refused.words == "This was withdrawn. Nothing was changed."
    assert examine(world.engine) == []


def test_a_task_is_taken_given_and_asked_about_without_being_decided(world: World) -> None:
    with writing(world.engine) as db:
        people.create(db, "nina", "Nina Roth", language="en", roles=["supervisor"])
    play = Play.of(world, WITHDRAW)
    play.answer("lin", "send")
    with reading(world.engine) as db:
        task = cases.current_tasks(db, play.case_id)[0].id
    with writing(world.engine) as db:
        asides.take(db, world.desk, task, world.person("otto"))
    assert play.sees("nina") == [] and play.sees("otto") == ["approve"]
    with pytest.raises(asides.NotYours), writing(world.engine) as db:
        asides.take(db, world.desk, task, world.person("lin"))
    with writing(world.engine) as db:
        asides.give(db, world.desk, task, world.person("otto"), world.person("nina"))
        asides.ask(db, world.desk, task, world.person("nina"), world.person("maria"), "Is the colour right?")
    assert play.sees("otto") == [] and play.sees("nina") == ["approve"]
    with writing(world.engine) as db:
        assert asides.answer(db, world.desk, world.person("maria"), "It is.")
        assert not asides.answer(db, world.desk, world.person("maria"), "It is.")
        asides.put_back(db, world.desk, task, world.person("nina"))
    assert play.sees("otto") == ["approve"]
    assert [line.partition(" ")[2] for line in world.inbox("otto")[0].story][-2:] == [
        "Nina Roth asks Maria Santos: “Is the colour right?”",
        "Maria Santos: “It is.”",
    ]


def _stock(world: World, code: str, amount: int) -> None:
    from tests.inventory_core.stock import Stock

    stock = Stock(world)
    stock.post((stock.lot(code), amount, "SUPPLIER", "A-1"))


def people_role(db, world: World, code: str, role: str) -> None:  # type: ignore[no-untyped-def]
    from sqlalchemy import text

    db.execute(
        text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, :role)"),
        {"id": world.person(code).id, "role": role},
    )


def _late_entries(world: World) -> int:
    from sqlalchemy import text

    with reading(world.engine) as db:
        rows = db.execute(text("SELECT facts FROM journal WHERE kind = 'flow.stepped'")).scalars()
        return sum('"late"' in str(row).replace("'", '"') for row in rows)


def _case_card(world: World, play: Play):  # type: ignore[no-untyped-def]
    from workflows import inbox

    return inbox.case_card(world.desk, play.case_id, inbox.reader_of(world.person("otto"), world.address("otto")))


OFFERED = """
fields: {amount: {kind: money}}
steps:
  write:
    asks: storekeeper
    outcomes: {send: {form: [amount], then: settle}}
  settle:
    asks: supervisor
    late: [{after: 1 days, decide: pay_cash}]
    outcomes: {pay_cash: {offered_when: amount < 100, then: done}, transfer: {then: done}}
"""


@pytest.mark.parametrize(("amount", "offered"), [("99", ["pay_cash", "transfer"]), ("100", ["transfer"])])
def test_a_button_is_there_only_while_its_condition_holds(world: World, amount: str, offered: list[str]) -> None:
    play = Play.of(world, OFFERED)
    play.answer("lin", "send", {"amount": amount})
    (card,) = world.inbox("otto")
    assert [button.label for button in card.buttons] == offered


@pytest.mark.parametrize(("amount", "reached"), [("99", "done"), ("100", "(settle)")])
def test_a_deadline_does_not_decide_what_is_not_offered(world: World, amount: str, reached: str) -> None:
    play = Play.of(world, OFFERED)
    play.answer("lin", "send", {"amount": amount})
    world.pass_time(days=2)
    deadlines.tick(world.desk)
    assert play.reached == reached


def test_a_button_that_was_shown_and_no_longer_fits_is_refused(world: World) -> None:
    play = Play.of(world, OFFERED)
    play.answer("lin", "send", {"amount": "99"})
    token = world.button("otto", "pay_cash").token
    with writing(world.engine) as db:
        db.execute(text('UPDATE documents SET fields = \'{"amount": "100"}\''))
    refused = world.send("otto", token)
    assert isinstance(refused, Refused) and refused.words.startswith("This button no longer fits")
