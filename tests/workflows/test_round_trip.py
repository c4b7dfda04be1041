"""YAML, document, JSON and back: nothing of a flow is lost on the way, of the shipped ones and of made-up ones."""

import json
from importlib import resources

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows import flows, flowtext
from workflows.definition import Flow

LIBRARY = [each for each in resources.files("workflows.library").iterdir() if each.name.endswith(".yaml")]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda each: each.name)
def test_a_shipped_flow_comes_back_as_it_was(path) -> None:  # type: ignore[no-untyped-def]
    flow = flowtext.read(path.read_text(encoding="utf-8"))
    assert flowtext.read(flowtext.write(flow)) == flow
    assert Flow.model_validate(json.loads(flows.canonical(flow))) == flow
    assert flowtext.write(flowtext.read(flowtext.write(flow))) == flowtext.write(flow)


_names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
_texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30)
_words = st.fixed_dictionaries({"en": _texts, "zh": _texts})
_rule_texts = st.sampled_from(["", "a > 5", "today + 7", "'yes'", "0", "not b and c == 'no'"])
_roles = st.fixed_dictionaries(
    {"role": _names}, optional={"each": st.just(True), "offers": st.lists(_names, max_size=2)}
)
_seats = st.one_of(
    _roles,
    st.fixed_dictionaries({"person": _texts}),
    st.fixed_dictionaries(
        {"who": st.sampled_from(["requester", "requester.manager", "category.owner"]), "otherwise": _names}
    ),
)
_branch = st.one_of(
    st.fixed_dictionaries({"go": _names}, optional={"when": _rule_texts}),
    st.fixed_dictionaries({"back_to": _names}, optional={"when": _rule_texts}),
)
_then = st.one_of(_names, _branch, st.lists(_branch, min_size=1, max_size=3))
_outcome = st.fixed_dictionaries(
    {"label": _words, "then": _then},
    optional={
        "tone": st.sampled_from(["plain", "good", "bad"]), "form": st.lists(_names, max_size=3),
        "fills": st.dictionaries(_names, _rule_texts, max_size=2), "alone": st.booleans(),
        "tells": st.lists(_names, max_size=2),
    },
)  # fmt: skip
_rung = st.one_of(
    *(
        st.fixed_dictionaries({"after": st.sampled_from(["4 business hours", "1 day", "90 minutes"]), key: value})
        for key, value in (("remind", st.just(True)), ("also_ask", _seats), ("hand_to", _seats), ("decide", _names))
    )
)
_does = st.one_of(
    st.just("receiving.post"),
    st.fixed_dictionaries(
        {"action": st.just("receiving.book"), "using": st.dictionaries(_names, _rule_texts, max_size=3)}
    ),
)
_step = st.one_of(
    st.fixed_dictionaries(
        {"asks": st.one_of(_names, st.lists(st.one_of(_names, _seats), min_size=1, max_size=3)), "title": _words,
         "question": _words, "outcomes": st.dictionaries(_names, _outcome, min_size=1, max_size=3)},
        optional={"agree": st.sampled_from(["one", "all", 2]), "in_order": st.booleans(),
                  "late": st.lists(_rung, max_size=2), "shows": st.lists(_names, max_size=2)},
    ),
    st.fixed_dictionaries({"does": _does, "then": _then}),
    st.fixed_dictionaries({"together": st.dictionaries(_names, _names, min_size=1, max_size=3), "then": _then},
                          optional={"joins": st.sampled_from(["all", "one", 2])}),
    st.fixed_dictionaries({"runs": _names, "ends": st.dictionaries(_names, _names, min_size=1, max_size=2)}),
)  # fmt: skip
_field = st.fixed_dictionaries(
    {"kind": st.sampled_from(["text", "integer", "decimal", "money", "date", "yes_no", "item", "person", "photo"]),
     "label": _words},
    optional={"required": st.booleans(), "default": _rule_texts, "visible_when": _rule_texts, "help": _words,
              "places": st.integers(0, 6), "unit": st.sampled_from(["", "kg", "箱"])},
)  # fmt: skip
_flow = st.fixed_dictionaries(
    {"flow": _names, "title": _words, "about": _names,
     "card": st.fixed_dictionaries({"title": _words, "summary": _words}),
     "steps": st.dictionaries(_names, _step, min_size=1, max_size=4),
     "ends": st.dictionaries(_names, st.fixed_dictionaries({"label": _words}), min_size=1, max_size=2)},
    optional={"fields": st.dictionaries(_names, _field, max_size=3), "started_by": st.lists(_names, max_size=2),
              "cancel": st.fixed_dictionaries({"by": _names}, optional={"does": _does})},
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_flow)
def test_a_made_up_flow_comes_back_as_it_was(raw) -> None:  # type: ignore[no-untyped-def]
    flow = Flow.model_validate(raw)
    text = flowtext.write(flow)
    assert flowtext.read(text) == flow
    assert Flow.model_validate(json.loads(flows.canonical(flow))) == flow
    assert flowtext.write(flowtext.read(text)) == text
