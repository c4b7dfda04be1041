"""A flow that could not run is refused before it is published, with the place named."""

# ruff: noqa: E501

from importlib import resources

import pytest
from pydantic import ValidationError

from workflows import flows
from workflows.lint import FlowError

RECEIPT = resources.files("workflows.library").joinpath("receipt.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("go: approve_price}", "go: nowhere}", "there is no step or end nowhere"),
        ("does: receiving.post", "does: os.system", "there is no action os.system"),
        ("when: value > 50000", "when: value", "is a number, not a boolean"),
        ("when: value > 50000", "when: price > 50000", "unknown name: price"),
        ("form: [reason]", "form: [remark]", "there is no field remark"),
        ("someone_other_than: [receive]", "someone_other_than: [receiving]", "names no step: receiving"),
        ("value: receipt.accepted_value", "value: receipt.colour", "there is no figure receipt.colour"),
        ("- {go: post}", "- {when: short, go: post}", "the last branch"),
        ("        then: inspect\n      differs", "        then: receive\n      differs", "the way leads round"),
        ("then: never_came", "then: nothing_came", "Step never_came: no way leads here"),
        ("using: {by: expected_on}}, then: nothing}", "using: {by: expected_on}}, then: nothing_came}", "the way leads round"),
        ("someone_other_than: [receive]", "agree: 3\n    someone_other_than: [receive]", "3 must agree, but 1 are asked"),
        ("does: receiving.post", "does: {action: receiving.post, using: {colour: value}}", "receiving.post takes no colour"),
        ("kind: photo", "kind: photo\n    options: {a: {en: A, zh: 甲}}", "a choice, and only a choice, has options"),
        ("form: [reason]\n        then: block", "form: [reason]\n        then: {back_to: post}", "post does not come before"),
        ("then: inspect\n      differs", "then: joined\n      differs", "there is nothing to join here"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(before: str, after: str, says: str | None) -> None:
    assert before in RECEIPT
    changed = RECEIPT.replace(before, after, 1)
    if says is None:
        flows.read_text(changed)
        return
    with pytest.raises(FlowError, match=says):
        flows.read_text(changed)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        flows.read_text(RECEIPT.replace("about: receipt", "about: receipt\ncolour: red"))
