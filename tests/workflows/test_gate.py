"""Before a flow is published: what is wrong with it, how an example goes, and how past cases would have gone."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.workflows.desk import Play, flow_of
from tests.workflows.test_definition import RECEIPT
from tests.world import World
from workflows import definition, drafts, flows, flowtext, gate, migration
from workflows.gate import Differs

LIMIT = """
flow: request
fields: {amount: {kind: money}}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [amount], then: [{when: amount > 500, go: large}, {go: small}]}}}
  large: {asks: finance_director, outcomes: {approve: done, refuse: {tone: bad, then: refused}}}
  small: {asks: supervisor, outcomes: {approve: done}}
ends: {done: {}, refused: {tone: bad}}
"""


def keys(world: World, flow: definition.Flow) -> list[str]:
    with reading(world.engine) as db:
        return [each.key for each in gate.findings(db, flow)]


def test_a_flow_for_this_company_has_nothing_against_it(shop: World) -> None:
    assert keys(shop, flowtext.read(RECEIPT)) == []
    assert keys(shop, flow_of(LIMIT)) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("asks: supervisor", "asks: pilot", "role_empty"),
        ("asks: supervisor", "asks: {person: nobody}", "no_person"),
        ("small: {asks: supervisor", "small: {asks: storekeeper, someone_other_than: [write]", "four_eyes_alone"),
        ("small: {asks: supervisor", "small: {asks: supervisor, runs: x", None),
        ("{approve: done}}\nends", "{approve: {then: {back_to: large}}}}\nends", "not_back"),
        ("form: [amount]", "form: [price]", "no_field"),
        ("amount > 500", "amount > 'much'", "bad_rule"),
        ("amount > 500", "amount + 5", "rule_kind"),
        ("form: [amount]", "form: [amount], offered_when: amount + 5", "rule_kind"),
        ("form: [amount]", "form: [amount], offered_when: amount > 5", "none_offered"),
        ("form: [amount]", "fills: {amount: 2 > 1}", "rule_kind"),
        ("asks: supervisor", "asks: supervisor, late: [{after: 1 day, decide: refuse}]", "no_outcome"),
        ("{asks: storekeeper", "{asks: storekeeper, late: [{after: 1 day, decide: send}]", "clock_fills_form"),
        ("{kind: money}", "{kind: choice}", "choice_options"),
        ("{kind: money}", "{kind: partner, each: line}", "not_a_line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(shop: World, before: str, after: str, found: str | None) -> None:
    assert before in LIMIT
    if found is None:
        with pytest.raises(ValueError, match="a step asks people"):
            flow_of(LIMIT.replace(before, after))
        return
    flow = flow_of(LIMIT.replace(before, after))
    with reading(shop.engine) as db:
        findings = gate.findings(db, flow)
    assert found in [each.key for each in findings]
    for each in findings:
        assert each.sentence("en") and any("一" <= sign <= "鿿" for sign in each.sentence("zh"))


def test_a_try_goes_the_way_that_the_example_leads(shop: World) -> None:
    flow = flow_of(LIMIT)
    with reading(shop.engine) as db:
        paper = gate.example(db, flow, today=shop.desk.today())

    def tried(amount: str, **choices: str) -> tuple[list[str], str]:
        trial = gate.attempt(
            flow, paper, fields={"amount": amount}, figures={}, choices=choices, today=shop.desk.today()
        )
        return [each.step for each in trial.steps], trial.end

    assert tried("500") == (["write", "small"], "done")
    assert tried("500.01") == (["write", "large"], "done")
    assert tried("501", large="refuse") == (["write", "large"], "refused")


def test_a_try_of_the_goods_receipt_takes_its_figures_from_the_example(shop: World) -> None:
    shop.given_item("NUT")
    flow = flowtext.read(RECEIPT)
    with reading(shop.engine) as db:
        paper = gate.example(db, flow, today=shop.desk.today())
    figures: dict[str, Decimal | bool] = {"value": Decimal("50000.01"), "short": False, "arrived": True}
    trial = gate.attempt(flow, paper, fields={}, figures=figures, choices={}, today=shop.desk.today())
    assert [each.step for each in trial.steps] == ["receive", "inspect", "confirm_quantity", "approve_price"]
    assert trial.end == "posted"
    assert trial.actions == (
        "post: receiving.post",
        "put_away: putaway.ask",
        "settle_blocked: supplier_returns.ask",
    )


def test_a_try_that_is_sent_back_for_ever_ends(shop: World) -> None:
    flow = flow_of("""
        steps:
          write: {asks: storekeeper, outcomes: {send: check}}
          check: {asks: supervisor, outcomes: {fine: {tone: good, then: done}, again: {then: {back_to: write}}}}
        """)
    with reading(shop.engine) as db:
        paper = gate.example(db, flow, today=shop.desk.today())
    trial = gate.attempt(flow, paper, fields={}, figures={}, choices={"check": "again"}, today=dt.date(2026, 1, 1))
    assert trial.end == "done" and len(trial.steps) > 2


def test_past_cases_tell_what_a_change_would_have_changed(shop: World) -> None:
    for amount in ("100", "400", "600"):
        play = Play.of(shop, LIMIT)
        play.answer("lin", "send", {"amount": amount})
        play.answer("zhao" if amount == "600" else "otto", "approve")
    changed = flow_of(LIMIT.replace("amount > 500", "amount > 300"))
    with reading(shop.engine) as db:
        assert gate.replay(db, flow_of(LIMIT), last=10, today=shop.desk.today()).differing == ()
        found = gate.replay(db, changed, last=10, today=shop.desk.today())
    assert found.looked_at == 3
    assert [(each.step, each.went, each.would_go) for each in found.differing] == [("write", ("small",), ("large",))]
    assert isinstance(found.differing[0], Differs)


def test_a_case_keeps_its_version_and_is_moved_where_its_step_is_there_or_named(shop: World) -> None:
    play = Play.of(shop, LIMIT)
    play.answer("lin", "send", {"amount": "5"})
    renamed = LIMIT.replace("small", "chief").replace(
        "asks: supervisor", "asks: buyer, late: [{after: 1 day, remind: true}]"
    )
    Play.publish(shop, renamed)
    assert play.sees("otto") == ["approve"] and play.sees("chen") == []
    with writing(shop.engine) as db:
        (candidate,) = migration.preview(db, "request", mapped={})
        assert (candidate.steps, candidate.lost) == (("small",), ("small",))
        zhao = shop.person("zhao").id
        assert migration.move(db, shop.desk, "request", mapped={}, employee_id=zhao)[0] == []
        assert migration.preview(db, "request", mapped={"small": "chief"})[0].lost == ()
        moved, left = migration.move(db, shop.desk, "request", mapped={"small": "chief"}, employee_id=zhao)
        assert (len(moved), left) == (1, [])
        assert db.execute(text("SELECT COUNT(*) FROM deadlines")).scalar_one() == 1
    play.answer("otto", "approve")  # who was asked is still asked
    assert play.reached == "done"


def test_only_who_may_edits_and_publishes_and_each_publish_is_in_the_journal(shop: World) -> None:
    words = flowtext.write(flow_of(LIMIT))
    lin, now = shop.person("lin"), shop.now
    with pytest.raises(drafts.MayNot), writing(shop.engine) as db:
        drafts.save(db, "request", words, revision=0, employee=lin, now=now)
    with writing(shop.engine) as db:
        for code, role in (("lin", "designer"), ("otto", "administrator")):
            db.execute(
                text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, :role)"),
                {"id": shop.person(code).id, "role": role},
            )
    lin, otto = shop.person("lin"), shop.person("otto")
    with writing(shop.engine) as db:
        assert drafts.save(db, "request", words, revision=0, employee=lin, now=now) == 1
        with pytest.raises(drafts.ChangedByOther):
            drafts.save(db, "request", words + "\n# mine", revision=0, employee=otto, now=now)
        with pytest.raises(drafts.MayNot):
            drafts.publish(db, words, employee=lin, now=now)
        names = [each.flow for each in drafts.listed(db)]
        assert names == sorted(names) and {"goods_receipt", "request"} <= set(names)
        assert drafts.publish(db, words, employee=otto, now=now) == 1
        assert drafts.publish(db, words.replace("500", "600"), employee=otto, now=now) == 2
        draft = drafts.load(db, "request")
        assert draft is not None and draft.revision == 0 and "600" in draft.text
    with reading(shop.engine) as db:
        noted = db.execute(text("SELECT employee_id FROM journal WHERE kind = 'flow.published'")).scalars().all()
    assert noted[-2:] == [otto.id, otto.id]


def test_a_companys_own_change_of_a_flow_is_kept_when_the_product_is_renewed(shop: World) -> None:
    with writing(shop.engine) as db:
        own = flowtext.read(RECEIPT.replace("value > 50000", "value > 20000"))
        mine = flows.publish(db, own, now=shop.now, by=shop.person("otto").id)
        flows.publish_library(db, now=shop.now)
        assert flows.latest_version(db, "goods_receipt") == mine
