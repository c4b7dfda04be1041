"""From a need to a purchase order, and on to the dock."""

import datetime as dt

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from notifier.relay import expect_due_orders, start_waiting
from tests.world import World
from workflows import papers
from workflows.cards import Done, Refused
from workflows.intents import Sender


@pytest.fixture
def buying(world: World) -> World:
    """A company that buys pumps: at 100 in 8 days from Litware, or at 90 in 20 days from Proseware."""
    world.given_item("PUMP")
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('supplier', 'PROSE', 'Proseware')"))
        for code, price, days in (("LITWARE", 100_0000, 8), ("PROSE", 90_0000, 20)):
            db.execute(
                text("""
                    INSERT INTO supplier_items (supplier_id, item_id, price, lead_time_days)
                    SELECT p.id, i.id, :price, :days FROM partners p, items i WHERE p.code = :code AND i.code = 'PUMP'
                """),
                {"code": code, "price": price, "days": days},
            )
    return world


def ask(world: World, quantity: str, *, by: str = "lin", **more: str) -> Done | Refused:
    opened = conversation.answer(
        world.desk, Sender("web", "", by), world.address(by), "new requisition", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    return world.send(by, opened.token, {"item": "pump", "quantity": quantity, "needed_by": "2026-12-20", **more})


def orders(world: World) -> list[documents.Document]:
    with reading(world.engine) as db:
        ids = db.execute(text("SELECT id FROM documents WHERE kind = 'purchase_order' ORDER BY id")).scalars().all()
        return [documents.load(db, each) for each in ids]


def start_orders(world: World) -> None:
    """Let the buyer have the cards of the orders that were placed."""
    start_waiting(world.desk)


def test_a_small_need_is_ordered_from_the_usual_supplier_in_one_tap(buying: World) -> None:
    ask(buying, "10")
    (card,) = buying.inbox("chen")
    told = {fact.label: fact.value for fact in card.facts}
    assert (
        told["Usual supplier"] == "Proseware" and told["Usual price"] == "90.00" and told["Usual lead time"] == "20 d"
    )
    form = buying.open_form("chen", "Order it")
    assert [each.default for each in form.fields] == ["PROSE", "90", "20", "10"]
    buying.tap("chen", "From the usual supplier")
    (order,) = orders(buying)
    assert (order.partner, order.state, order.lines[0].ordered) == ("Proseware", "draft", 10)
    # Twenty working days from Wednesday, 18 November.
    assert order.due_on == dt.date(2026, 12, 16)
    assert order.source.startswith("PR-")
    assert examine(buying.engine) == []


def test_an_order_is_sent_confirmed_and_expected_at_the_dock_when_it_is_due(buying: World) -> None:
    ask(buying, "10")
    buying.tap("chen", "Order it", {"supplier": "Litware", "price": "100", "days": "8"})
    buying.pass_time(days=12)
    assert expect_due_orders(buying.desk) == 0  # nobody has sent it yet
    start_orders(buying)
    (card,) = buying.inbox("chen")
    assert card.question == "Send it to the supplier. Is it out?"
    assert {fact.label: fact.value for fact in card.facts}["Value"] == "1,000.00 USD"
    buying.tap("chen", "Sent")
    buying.tap("chen", "Confirmed as ordered")
    assert expect_due_orders(buying.desk) == 1
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        buying.tap(person, label)
    assert buying.on_hand("PUMP").available == 10
    assert examine(buying.engine) == []


def test_an_order_that_would_come_too_late_is_questioned_and_may_be_cancelled(buying: World) -> None:
    ask(buying, "10")  # needed by 20 December
    buying.tap("chen", "From the usual supplier")
    start_orders(buying)
    buying.tap("chen", "Sent")
    buying.tap("chen", "Another day", {"confirmed_on": "2026-12-21"})
    (card,) = buying.inbox("chen")
    assert [fact.value for fact in card.facts][-2:] == ["21 Dec", "20 Dec"]
    buying.tap("chen", "Cancel the order", {"reason": "too late"})
    assert orders(buying)[0].state == "cancelled"
    buying.pass_time(days=60)
    assert expect_due_orders(buying.desk) == 0


def test_another_day_in_time_is_the_one_it_is_expected_on(buying: World) -> None:
    ask(buying, "10")
    buying.tap("chen", "From the usual supplier")
    start_orders(buying)
    buying.tap("chen", "Sent")
    buying.tap("chen", "Another day", {"confirmed_on": "2026-12-18"})
    assert buying.inbox("chen") == ()
    (order,) = orders(buying)
    assert (order.due_on, order.fields["promised_on"]) == (dt.date(2026, 12, 18), "2026-12-18")


def test_the_smallest_order_is_what_is_bought_and_counted_in_the_comparison(buying: World) -> None:
    with writing(buying.engine) as db:
        db.execute(text("UPDATE supplier_items SET moq = 50 WHERE price = 900000"))
        db.execute(
            text("""
                INSERT INTO supplier_prices (supplier_id, item_id, from_quantity, price)
                SELECT supplier_id, item_id, 40, 800000 FROM supplier_items WHERE price = 900000
            """)
        )
    ask(buying, "10")
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Usual supplier"] == "Litware"  # 10 at 100 cost less than 50 at 80
    buying.tap("chen", "Reject", {"reason": "more of them"})
    ask(buying, "45")
    buying.tap("chen", "From the usual supplier")
    (order,) = orders(buying)
    assert (order.partner, order.lines[0].ordered, order.lines[0].price) == ("Proseware", 50, 80_0000)


def test_less_than_is_needed_is_not_ordered(buying: World) -> None:
    ask(buying, "10")
    refused = buying.tap("chen", "Order it", {"supplier": "PROSE", "price": "90", "days": "20", "buy": "9"})
    assert isinstance(refused, Refused) and refused.errors == {"buy": "At least 10"}


@pytest.mark.parametrize(("monthly", "asked"), [(900_0000, ""), (899_9999, "May it be ordered?")])
def test_an_order_over_the_months_budget_is_approved(buying: World, monthly: int, asked: str) -> None:
    with writing(buying.engine) as db:
        db.execute(text("UPDATE items SET category = 'Pumps'"))
        db.execute(text("INSERT INTO category_budgets (category, monthly) VALUES ('Pumps', :m)"), {"m": monthly})
    ask(buying, "10")
    buying.tap("chen", "From the usual supplier")
    assert [each.question for each in buying.inbox("zhao")] == ([asked] if asked else [])
    ask(buying, "1")
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Budget left this month"] == ("899.9999" if asked else "0.00")


def test_a_supplier_on_trial_needs_approval_and_a_blocked_one_gets_no_order(buying: World) -> None:
    with writing(buying.engine) as db:
        db.execute(text("UPDATE partners SET standing = 'trial' WHERE code = 'PROSE'"))
        db.execute(text("UPDATE partners SET standing = 'blocked' WHERE code = 'LITWARE'"))
    ask(buying, "10")
    refused = buying.tap("chen", "Order it", {"supplier": "LITWARE", "price": "1", "days": "2"})
    assert isinstance(refused, Refused)
    assert refused.words == "Litware is blocked: nothing is ordered there. Choose another supplier."
    refused = buying.tap("chen", "Ask for quotes", {"asked.1.supplier": "PROSE", "asked.2.supplier": "LITWARE"})
    assert isinstance(refused, Refused) and "Litware is blocked" in refused.words
    buying.tap("chen", "From the usual supplier")
    (card,) = buying.inbox("zhao")
    assert {fact.label: fact.value for fact in card.facts}["Supplier status"] == "On trial"
    buying.tap("zhao", "Approve")
    assert orders(buying)[0].partner == "Proseware"


def test_a_dear_need_is_approved_by_the_manager_and_a_dear_order_by_finance(buying: World) -> None:
    ask(buying, "600")
    assert buying.inbox("chen")[0].question == "Is it needed?"
    assert [fact.value for fact in buying.inbox("chen")[0].facts][-1] == "54,000.00 USD"
    buying.tap("chen", "Approve")
    buying.tap("chen", "Order it", {"supplier": "PROSE", "price": "90", "days": "20"})
    assert orders(buying) == []
    (card,) = buying.inbox("zhao")
    assert [fact.value for fact in card.facts][-1] == "54,000.00 USD"
    buying.tap("zhao", "Source it again", {"reason": "ask Litware for a better price"})
    buying.tap("chen", "Order it", {"supplier": "LITWARE", "price": "83", "days": "8"})
    (order,) = orders(buying)
    assert order.partner == "Litware" and order.lines[0].price == 83_0000
    assert examine(buying.engine) == []


def test_quotes_are_asked_of_several_suppliers_compared_and_the_best_is_taken(buying: World) -> None:
    ask(buying, "20")
    buying.tap("chen", "Ask for quotes", {"asked.1.supplier": "litware", "asked.2.supplier": "Proseware"})
    with reading(buying.engine) as db:
        sent = db.execute(
            text("""
                SELECT p.code, d.state, d.fields FROM documents d JOIN partners p ON p.id = d.partner_id
                WHERE d.kind = 'request_for_quotation' ORDER BY d.id
            """)
        ).all()
    days = {"answer_by": "2026-11-23", "needed_by": "2026-12-20"}
    assert [(row[0], row[1], documents.from_json(row[2])) for row in sent] == [
        ("LITWARE", "sent", days),
        ("PROSE", "sent", days),
    ]
    form = buying.open_form("chen", "Enter quotes")
    assert [each.default for each in form.fields if each.name.endswith("supplier")][:2] == ["LITWARE", "PROSE"]
    quotes = {
        "quotes.1.supplier": "LITWARE", "quotes.1.price": "95", "quotes.1.days": "5",
        "quotes.2.supplier": "PROSE", "quotes.2.price": "88", "quotes.2.days": "15", "quotes.2.moq": "22",
    }  # fmt: skip
    buying.tap("chen", "Enter quotes", quotes)
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Compared, the best first"] == (
        "Litware: Total 1,900.00, Price 95.00, Lead time 5 d; "
        "Proseware: Total 1,936.00, Price 88.00, Lead time 15 d, Minimum 22"
    )
    buying.tap("chen", "Take the best")
    assert (orders(buying)[0].partner, orders(buying)[0].lines[0].price) == ("Litware", 95_0000)


def test_a_quote_that_comes_too_late_is_not_the_best_and_no_answer_is_none(buying: World) -> None:
    ask(buying, "20")  # needed in 32 days: 22 working days
    buying.tap(
        "chen",
        "Enter quotes",
        {
            "quotes.1.supplier": "LITWARE", "quotes.1.price": "95", "quotes.1.days": "22",
            "quotes.2.supplier": "PROSE", "quotes.2.price": "60", "quotes.2.days": "23",
        },
    )  # fmt: skip
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Compared, the best first"].startswith("Litware")
    form = buying.open_form("chen", "Order it")
    assert [each.default for each in form.fields] == ["LITWARE", "95", "22", "20"]
    buying.tap("chen", "Source it again")
    buying.tap("chen", "Ask for quotes", {"asked.1.supplier": "PROSE"})
    buying.tap("chen", "Enter quotes", {"quotes.1.supplier": "PROSE"})
    assert "Take the best" in [each.label for each in buying.inbox("chen")[0].buttons]
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert "Compared, the best first" not in told


def test_how_a_supplier_kept_its_word_stands_beside_its_quote(buying: World) -> None:
    for number, (received, late_days) in enumerate((("10", 0), ("10", 1), ("9", 0)), 1):
        case = buying.given_receipt(("PUMP", 10, "90"), number=f"40{number}")
        assert case
        buying.pass_time(days=late_days)
        buying.tap("lin", "Something differs", {"received.1": received})
        buying.tap("maria", "All good")
        buying.tap("otto", "Confirm quantity")
        if received == "9":
            buying.tap("chen", "Close the order short")
    buying.pass_time(days=1)
    ask(buying, "20")
    buying.tap("chen", "Enter quotes", {"quotes.1.supplier": "LITWARE", "quotes.1.price": "95", "quotes.1.days": "5"})
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Compared, the best first"] == (
        "Litware: Total 1,900.00, Price 95.00, Lead time 5 d, On time and in full 33.3 %"
    )


@pytest.mark.parametrize(
    ("more", "name", "sentence"),
    [
        ({"item": "PUMPS"}, "item", "There is no item “PUMPS”. Write its code."),
        ({"needed_by": "2026-11-17"}, "needed_by", "At least 2026-11-18"),
        ({"quantity": "some"}, "quantity", "“some” is not a number. Write for example 12."),
    ],
)
def test_a_need_that_can_not_be_is_told_on_its_field(
    buying: World, more: dict[str, str], name: str, sentence: str
) -> None:
    refused = ask(buying, **{"quantity": "10", **more})
    assert isinstance(refused, Refused) and dict(refused.errors) == {name: sentence}


def test_half_a_pump_is_not_asked_for(buying: World) -> None:
    refused = ask(buying, "0.5")
    assert isinstance(refused, Refused) and refused.words == "0.5 has too many decimal places: pc is counted in 0."
    assert buying.inbox("chen") == ()


def change(world: World, number: str = "4012") -> Done | Refused:
    opened = conversation.answer(
        world.desk, Sender("web", "", "chen"), world.address("chen"), "new order_change", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    return world.send("chen", opened.token, {"order": number})


def test_a_change_that_costs_no_more_is_made_and_sent(buying: World) -> None:
    order_id = buying.given_order(("PUMP", 10, "100"), ("BOLT", 100, "1"), due=dt.date(2026, 12, 1))
    change(buying)
    (card,) = buying.inbox("chen")
    assert card.title.endswith("of order 4012") and card.summary.endswith("Litware, 2 lines")
    form = buying.open_form("chen", "Change it")
    assert [each.default for each in form.fields][:4] == ["10", "100", "100", "1"]
    buying.tap("chen", "Change it", {"new_quantity.1": "12", "new_quantity.2": "0", "new_price.1": "90",
        "new_price.2": "1", "new_date": "2026-12-03", "why": "no bolts needed"})  # fmt: skip
    with reading(buying.engine) as db:
        order = documents.load(db, order_id)
    assert [(line.ordered, line.price) for line in order.lines] == [(12, 90_0000), (0, 1_0000)]
    assert (order.due_on, order.fields["revision"]) == (dt.date(2026, 12, 3), 2)
    assert isinstance(buying.tap("chen", "Sent"), Done)
    assert buying.inbox("chen") == () and examine(buying.engine) == []


@pytest.mark.parametrize(
    ("quantity", "price", "asked"), [("500", "100", False), ("501", "100", True), ("400", "90", False)]
)
def test_a_change_to_more_money_is_approved_again(buying: World, quantity: str, price: str, asked: bool) -> None:
    buying.given_order(("PUMP", 490, "100"))
    change(buying)
    new = {"new_quantity.1": quantity, "new_price.1": price, "new_date": "2026-12-03", "why": "more"}
    buying.tap("chen", "Change it", new)
    assert bool(buying.inbox("zhao")) is asked
    if asked:
        told = [fact.value for fact in buying.inbox("zhao")[0].facts]
        assert told[-2:] == ["49,000.00 USD", "50,100.00 USD"]
        buying.tap("zhao", "Reject", {"reason": "no money"})
        with reading(buying.engine) as db:
            assert db.execute(text("SELECT ordered FROM document_lines ORDER BY id LIMIT 1")).scalar() == 490


def test_less_than_came_already_is_refused_and_all_that_came_closes_the_order(buying: World) -> None:
    order_id = buying.given_order(("PUMP", 10, "100"))
    buying.expect(order_id)
    buying.tap("lin", "Something differs", {"received.1": "6"})
    buying.tap("maria", "All good")
    buying.tap("otto", "Confirm quantity")
    buying.tap("chen", "Expect the rest in a week")
    change(buying)
    new = {"new_quantity.1": "5", "new_price.1": "100", "new_date": "2026-12-03", "why": "enough"}
    refused = buying.tap("chen", "Change it", new)
    assert isinstance(refused, Refused) and refused.words == "6 pc of PUMP came already: order no less than that."
    buying.tap("chen", "Change it", {**new, "new_quantity.1": "6"})
    with reading(buying.engine) as db:
        assert documents.load(db, order_id).state == "complete"
    assert examine(buying.engine) == []


def test_an_order_that_is_none_is_not_changed(buying: World) -> None:
    refused = change(buying, "9999")
    assert isinstance(refused, Refused) and refused.words == "There is no open order 9999. Look at its number."


@pytest.mark.parametrize(("quantity", "asked"), [("10", "Source"), ("100", "Approve the need")])
def test_an_imported_need_goes_the_way_of_one_that_is_asked_for(buying: World, quantity: str, asked: str) -> None:
    content = f"item,quantity,needed_by\npump,{quantity},2026-12-20\n".encode()
    with writing(buying.engine) as db:
        assert papers.import_csv(db, buying.desk, "requisition", content, buying.person("lin"), "en") == 1
    (card,) = buying.inbox("chen")
    assert card.summary.startswith(asked)
