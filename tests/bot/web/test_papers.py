"""Papers in lists, with the fields that forms give them: searched, narrowed, taken out and in; the company's page."""

import csv
import io

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.web.pages import signed_in
from tests.workflows.desk import Play
from tests.world import World
from workflows import worktime

REQUEST = """
flow: tool_request
title: {en: Tool request, zh: 工具申请}
fields:
  what: {kind: text, label: {en: Tool, zh: 工具}}
  price: {kind: money, label: {en: Price, zh: 价格}}
  colour: {kind: choice, label: {en: Colour, zh: 颜色}, options: {red: {en: Red, zh: 红}, blue: {en: Blue, zh: 蓝}}}
  due: {kind: date, label: {en: Needed by, zh: 需用日}, required: false}
steps:
  write:
    asks: {who: requester, otherwise: storekeeper}
    outcomes: {send: {form: [what, price, colour, due], then: check}}
  check: {asks: supervisor, outcomes: {fine: done}}
"""
ROWS = (
    {"what": "Drill", "price": "1200.50", "colour": "red", "due": "2026-12-01"},
    {"what": "=HYPERLINK(1)", "price": "-5", "colour": "blue"},
    {"what": "电钻", "price": "800", "colour": "blue", "due": "2027-01-15"},
)


@pytest.fixture
def asked(shop: World) -> World:
    for row in ROWS:
        Play.of(shop, REQUEST).answer("lin", "send", row)
    return shop


def page(world: World, code: str, query: str = "") -> str:
    answer = signed_in(world, code).get(f"/p/{code}/papers/request{query}")
    assert answer.status_code == 200
    return answer.text


def test_a_field_of_a_form_is_a_column_that_is_searched_and_narrowed(asked: World) -> None:
    whole = page(asked, "chen")
    assert all(each in whole for each in ("Needed by", "Drill", "1,200.50", "Red", "1 Dec", "电钻"))
    assert "Drill" not in page(asked, "chen", "?q=电钻") and "电钻" in page(asked, "chen", "?q=电钻")
    dear = page(asked, "chen", "?where=price > 900")
    assert "Drill" in dear and "电钻" not in dear
    late = page(asked, "chen", "?where=due > '2026-12-31' and colour == 'blue'")
    assert "Drill" not in late and "电钻" in late


def test_a_field_that_is_added_is_a_column_of_the_papers_that_have_it(asked: World) -> None:
    longer = REQUEST.replace("  due:", "  room: {kind: text, label: {en: Room, zh: 房间}}\n  due:")
    Play.of(asked, longer.replace("colour, due]", "colour, due, room]")).answer(
        "lin", "send", {**ROWS[0], "room": "Hall 4"}
    )
    whole = page(asked, "chen")
    assert "Room" in whole and "Hall 4" in whole and "电钻" in whole
    with reading(asked.engine) as db:
        assert "room" not in {row[1] for row in db.exec_driver_sql("PRAGMA table_info(documents)")}


@pytest.mark.parametrize("rule", ["price >", "colour > 'red'", "__import__('os')", "nothing == 1", "price"])
def test_a_rule_that_does_not_fit_is_told_and_the_list_is_shown(asked: World, rule: str) -> None:
    shown = page(asked, "chen", f"?where={rule}")
    assert "The rule does not fit" in shown and "Drill" in shown


def test_people_see_their_own_papers_and_those_who_lead_see_all(asked: World) -> None:
    assert "Drill" in page(asked, "lin") and "Drill" in page(asked, "otto")
    assert "Drill" not in page(asked, "maria")


def test_what_is_taken_out_is_harmless_and_comes_in_again(asked: World) -> None:
    client = signed_in(asked, "chen")
    answer = client.get("/p/chen/papers/request/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (rows[0]["what"], rows[0]["price"]) == ("Tool", "Price")  # the labels stand under the names
    assert [(each["what"], each["price"]) for each in rows[1:]] == [
        ("电钻", "800"), ("'=HYPERLINK(1)", "-5"), ("Drill", "1200.50"),
    ]  # fmt: skip
    assert client.get("/p/chen/papers/request/csv?where=price > 900").text.count("\n") == 3
    body = "what,价格,Colour,due\n'=HYPERLINK(1),7,Red,\n锤子,12.5,蓝,2026-12-24\n"
    told = _send(asked, body.encode("gb18030"))
    assert "2 papers started" in told
    assert "锤子" in page(asked, "lin") and len(asked.inbox("otto")) == 5
    assert "2 papers started" in _send(asked, body.encode("gb18030")) and len(asked.inbox("otto")) == 5


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"what,price,colour\nSaw,1,red\nAxe,much,red\nPen,1,green\n", "Row 3: Price: “much” is not a number"),
        (b"what,size\nSaw,1\n", "There is no field for the column “size”"),
        (b"what,price,colour\n", "between 1 and 1000 rows"),
        (b"\xff\xfe\x00\x81\x39", "no CSV in UTF-8 or GBK"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole(asked: World, body: bytes, says: str) -> None:
    before = len(asked.inbox("otto"))
    told = _send(asked, body)
    assert "Nothing was imported" in told and says in told
    assert len(asked.inbox("otto")) == before
    with reading(asked.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM documents WHERE kind = 'request'")).scalar_one() == len(ROWS)


def _send(world: World, body: bytes) -> str:
    answer = signed_in(world, "lin").post(
        "/p/lin/papers/request/import", data={"flow": "tool_request"}, files={"file": ("rows.csv", body, "text/csv")}
    )
    assert answer.status_code == 200
    return answer.text


def test_the_administrator_says_when_the_company_works_and_who_leads_whom(shop: World) -> None:
    assert signed_in(shop, "lin").get("/p/lin/company").status_code == 403
    with writing(shop.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'administrator')"),
            {"id": shop.person("chen").id},
        )
    client = signed_in(shop, "chen")
    assert "8:00-17:00" in client.get("/p/chen/company").text
    sent = {f"hours.{day}": "8:30-12:00, 13:00-17:00" for day in range(5)} | {
        "days": "2026-10-01 -\n2026-10-10 +", "manager.lin": "otto",
    }  # fmt: skip
    assert "Saved." in client.post("/p/chen/company", data=sent).text
    with reading(shop.engine) as db:
        time = worktime.load(db, shop.desk.zone)
        assert time.hours[0] == [(510, 720), (780, 1020)] and 5 not in time.hours
        assert sorted(time.days.values()) == [False, True]
        otto = db.execute(text("SELECT manager_id FROM employees WHERE code = 'lin'")).scalar_one()
    assert otto == shop.person("otto").id
    wrong = client.post("/p/chen/company", data=sent | {"hours.0": "8 to 5"}).text
    assert "Nothing was saved: “8 to 5” does not fit." in wrong


def test_the_administrator_says_how_suppliers_stand_and_what_a_month_may_cost(shop: World) -> None:
    shop.given_item("CHAIN")
    with writing(shop.engine) as db:
        key = {"id": shop.person("chen").id}
        db.execute(text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'administrator')"), key)
        db.execute(text("UPDATE items SET category = 'Chains & more'"))
    client = signed_in(shop, "chen")
    sent = {"standing.LITWARE": "trial", "blind.LITWARE": "on", "budget.Chains & more": "12,000.50"}
    assert "Saved." in client.post("/p/chen/company", data=sent).text
    page = client.get("/p/chen/company").text
    assert 'value="12,000.50"' in page and '<option value="trial" selected>On trial</option>' in page
    with reading(shop.engine) as db:
        kept = db.execute(text("SELECT standing, counts_blind FROM partners WHERE code = 'LITWARE'")).one()
        budget = db.execute(text("SELECT monthly FROM category_budgets")).scalar_one()
    assert tuple(kept) == ("trial", 1) and budget == 12_000_5000
    for name, value in (("budget.Chains & more", "-5"), ("budget.Chains & more", "lots")):
        assert f"Nothing was saved: “{value}” does not fit." in client.post("/p/chen/company", data={name: value}).text
    assert "Saved." in client.post("/p/chen/company", data={"standing.LITWARE": "banned"}).text
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT standing FROM partners WHERE code = 'LITWARE'")).scalar_one() == "trial"
        assert db.execute(text("SELECT COUNT(*) FROM category_budgets")).scalar_one() == 0


def test_a_card_is_commented_given_and_asked_about_on_the_page(asked: World) -> None:
    client, task = signed_in(asked, "otto"), asked.inbox("otto")[0].subject
    assert 'name="what"' in client.get("/p/otto/").text

    def says(code: str, what: str, words: str, about: str) -> str:
        sent = {"what": what, "words": words, "about": about, "act": f"act-{what}-{code}-0001"}
        return signed_in(asked, code).post(f"/p/{code}/aside", data=sent).text

    assert "Noted." in says("otto", "comment", "the old one broke", task)
    assert "Maria Santos is asked." in says("otto", "ask", "Maria: is it the right one?", task)
    with reading(asked.engine) as db:
        remark = db.execute(text("SELECT MAX(id) FROM remarks")).scalar_one()
    asked.relay().turn()
    assert "is it the right one?" in signed_in(asked, "maria").get("/p/maria/").text
    assert "Your answer is passed on." in says("maria", "answer", "Yes", f"remark:{remark}")
    assert "Zhao Min is asked now." in says("otto", "give", "Zhao", task)
    assert task in [card.subject for card in asked.inbox("zhao")]
    assert "This is not yours to do" in says("maria", "take", "", task)
    assert client.post("/p/otto/aside", data={"what": "hack", "about": task, "act": "act-hack-0001"}).status_code == 422
