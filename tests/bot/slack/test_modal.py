"""Forms as modals: whatever a form asks, Slack takes its pages, and what is sent page by page is what was filled in."""

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import elements, modal
from bot.slack.answers import BY_HAND, Answers
from bot.slack.modal import SUMMARY, Origin
from bot.slack.pages import Filled, book
from tests.bot.slack.limits import complaint_about
from tests.bot.slack.peer import texts_of
from tests.bot.slack.running import state_of
from workflows.cards import Field, FieldGroup, Form, Option
from workflows.definition import FieldKind

KINDS = sorted(set(get_args(FieldKind)) - {"table"})
ORIGIN = Origin(token="t" * 32, chat="D1", message="1.2", reply_to="https://hooks.slack.com/" + "x" * 200)

words = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("&<>*_~`|链😀\n\u202e\u200b")), max_size=400
)
named = words.filter(lambda each: bool(each.strip()))
fields = st.builds(
    Field,
    st.uuids().map(str),
    st.sampled_from(KINDS),
    named,
    required=st.booleans(),
    default=st.one_of(st.sampled_from(["", "6,000", "12.5", "-3", "2026-12-01", "yes", "K-1"]), words),
    unit=st.sampled_from(["", "pc"]),
    hint=words,
    options=st.lists(st.builds(Option, st.uuids().map(str), named), min_size=1, max_size=120).map(tuple),
    least=st.sampled_from(["", "0", "7", "-1.5"]),
    most=st.sampled_from(["", "5", "10.25", "6000"]),
    is_conditional=st.booleans(),
)
groups = st.builds(FieldGroup, words, words, st.lists(fields, min_size=1, max_size=12).map(tuple))


@st.composite
def rows(draw: st.DrawFn) -> list[FieldGroup]:
    """A table of up to six rows."""
    columns, count = draw(st.lists(fields, min_size=1, max_size=4)), draw(st.integers(1, 6))
    name = f"t{draw(st.uuids()).hex}"
    return [
        FieldGroup(
            f"Parts · line {number}",
            "",
            tuple(
                Field(f"{name}.{number}.c{at}", each.kind, each.label, is_conditional=number > 1, options=each.options)
                for at, each in enumerate(columns)
            ),
        )
        for number in range(1, count + 1)
    ]


@st.composite
def forms(draw: st.DrawFn) -> Form:
    parts = [*draw(st.lists(groups, min_size=1, max_size=25)), *draw(st.one_of(st.just([]), rows()))]
    language = draw(st.sampled_from(["en", "zh"]))
    return Form("t" * 32, draw(named), language, draw(named), tuple(parts), draw(words))


def shown(form: Form, origin: Origin, filled: Filled) -> dict[str, Any]:
    view: dict[str, Any] = modal.form(form, origin, filled).to_dict()
    assert complaint_about("views.open", {"view": view}) == ""
    assert len(json.dumps(view, ensure_ascii=False).encode()) < 250_000
    return view


def an_answer(field: Field, element: Mapping[str, Any], number: int) -> str:
    match element["type"]:
        case "number_input":
            return str(number)
        case "datepicker":
            return f"2026-12-{number % 28 + 1:02}"
        case "static_select" | "radio_buttons":
            return str(element["options"][number % len(element["options"])]["value"])
        case "file_input":
            return ""
    return f"{field.kind} {number}\n链" if element.get("multiline") else f"{field.kind}-{number}"


def filled_in(form: Form, *, start: Filled) -> tuple[dict[str, str], dict[str, str], int]:
    """Fill in a form page by page; return what was put in, what came back, and how many pages there were."""
    put: dict[str, str] = {}
    came: dict[str, str] = {}
    by_name = {each.name: each for each in form.fields}
    count = len(book(form, start, {}).pages)
    for page in range(count):
        view = shown(form, ORIGIN.model_copy(update={"page": page}), start)
        inputs = [each for each in view["blocks"] if each["type"] == "input" and BY_HAND not in each["block_id"]]
        new = {
            each["block_id"]: an_answer(by_name[each["block_id"]], each["element"], len(put) + at)
            for at, each in enumerate(inputs)
        }
        assert not new.keys() & put.keys(), "a question is asked twice"
        values = {
            each["block_id"]: {each["element"]["action_id"]: state_of(each["element"], new[each["block_id"]])}
            for each in inputs
        }
        came |= Answers.model_validate({"values": values}).words
        put |= new
    return put, came, count


@given(forms(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_slack_takes_any_form_and_its_answers_come_back_as_they_were_filled_in(form: Form, sees_all: bool) -> None:
    visible = frozenset(each.name for each in form.fields if sees_all or not each.is_conditional)
    start = Filled(visible=visible, has_details=True, begun="10:05")
    put, came, count = filled_in(form, start=start)
    assert came == put
    asked = {each.name for group in form.groups for each in group.fields if sees_all or not each.is_conditional}
    assert put.keys() <= asked | {each.name for each in form.fields}
    assert {each for each in asked if len(each.split(".")) == 1} <= put.keys()
    again = Filled(answers=came, visible=visible, errors=dict.fromkeys(put, "Please fill this in."))
    for page in [*range(count), SUMMARY]:
        shown(form, ORIGIN.model_copy(update={"page": page}), again)
    if count > 1:
        summary = shown(form, ORIGIN.model_copy(update={"page": SUMMARY}), again)
        assert not [each for each in summary["blocks"] if each["type"] == "input"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_element(kind: FieldKind, language: Any) -> None:
    element = {
        "quantity": "number_input", "integer": "number_input", "decimal": "number_input", "money": "number_input",
        "date": "datepicker", "choice": "radio_buttons", "yes_no": "radio_buttons", "photo": "file_input",
        "file": "file_input", "text": "plain_text_input", "scan": "plain_text_input", "signature": "plain_text_input",
    }.get(kind, "external_select")  # fmt: skip
    options = (Option("yes", "Yes"), Option("no", "No")) if kind in ("yes_no", "choice") else ()
    block = elements.question(Field("x", kind, "Label", unit="pc", options=options), language, called={}).to_dict()
    assert block["element"]["type"] == element
    assert block["label"]["text"] == "Label (pc)"
    assert block.get("dispatch_action", False) is (element != "file_input")


def test_an_optional_choice_can_be_taken_back_and_a_long_one_is_searched() -> None:
    options = tuple(Option(f"o{number}", f"Option {number}") for number in range(101))

    def kind_of(many: int, *, required: bool) -> str:
        field = Field("x", "choice", "Colour", required=required, options=options[:many])
        return str(elements.question(field, "en", called={}).to_dict()["element"]["type"])

    assert kind_of(5, required=True) == "radio_buttons"
    assert kind_of(5, required=False) == kind_of(6, required=True) == "static_select"
    assert kind_of(101, required=True) == "external_select"


def test_a_first_value_that_slack_would_refuse_is_left_out() -> None:
    def first(kind: FieldKind, default: str, **more: str) -> dict[str, Any]:
        return dict(
            elements.question(Field("x", kind, "N", default=default, **more), "en", called={}).to_dict()["element"]
        )  # type: ignore[arg-type]

    assert first("integer", "12.5").get("initial_value") is None
    assert first("integer", "1,200")["initial_value"] == "1200"
    assert first("date", "tomorrow").get("initial_date") is None
    bounded = first("decimal", "3", least="1", most="10")
    assert (bounded["min_value"], bounded["max_value"], bounded["initial_value"]) == ("1", "10", "3")
    outside = first("decimal", "30", least="1", most="10")
    assert "max_value" not in outside and outside["initial_value"] == "30"


def test_a_code_stands_in_its_field_with_what_it_is_called() -> None:
    field = Field("x", "item", "Item", default="NUT")
    element = elements.question(field, "en", called={"item:NUT": "Hex nut"}).to_dict()["element"]
    assert element["initial_option"] == {
        "text": {"type": "plain_text", "text": "NUT · Hex nut", "emoji": False},
        "value": "NUT",
    }


def test_a_document_of_many_lines_is_asked_line_by_line_and_read_once_more_at_the_end() -> None:
    lines = tuple(
        FieldGroup(
            f"BOLT-{number} · Bolt {number}",
            "Ordered 20 pc",
            tuple(Field(f"{name}.{number}", "quantity", name.title()) for name in ("received", "damaged", "missing")),
        )
        for number in range(1, 15)
    )
    form = Form("t", "Something differs", "en", "Send", lines)
    filled = Filled(visible=frozenset(), answers={"received.3": "18"})
    second = shown(form, ORIGIN.model_copy(update={"page": 1}), filled)
    said = list(texts_of(second["blocks"]))
    assert said[0] == "Step 2 of 7 · lines 3 to 4 of 14"
    assert "*BOLT-3 · Bolt 3*\nOrdered 20 pc" in said
    assert second["submit"]["text"] == "Next"
    assert [each["block_id"] for each in second["blocks"] if each["type"] == "input"][:1] == ["received.3"]
    summary = shown(form, ORIGIN.model_copy(update={"page": SUMMARY}), filled)
    assert summary["submit"]["text"] == "Send"
    assert "Received: *18*" in "\n".join(texts_of(summary["blocks"]))
    assert "Change" in json.dumps(summary)
    chinese = shown(Form("t", "有出入", "zh", "发送", lines), ORIGIN, filled)
    assert next(texts_of(chinese["blocks"])) == "第1步，共7步 · 第1至2行，共14行"
