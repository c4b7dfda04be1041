"""The pictures of messages and modals: every block that the product sends is drawn, and its words can be read."""

import html
from pathlib import Path

import pytest

from bot.slack import modal, render
from bot.slack.modal import Origin
from bot.slack.pages import Filled
from tests.bot.cards import a_card
from tests.bot.slack import blockview
from tests.bot.slack.test_modal import KINDS
from tests.tools import need
from workflows.cards import Field, FieldGroup, Form, Option, Row

OPTIONS = (Option("yes", "Yes"), Option("no", "No"))


@pytest.fixture
def markup() -> str:
    asked = tuple(Field(kind, kind, f"Label of {kind}", options=OPTIONS) for kind in KINDS[:9])
    form = Form("t", "A <form>", "en", "Send", (FieldGroup("链条", "Ordered 5 pc", asked),))
    view = modal.form(form, Origin(token="t", chat="D1"), Filled(has_details=True)).to_dict()
    card = a_card(title="PO <1>", rows=(Row("A & B", "<!channel>"),), link="https://example.com/p")
    messages = [{"blocks": [block.to_dict() for block in each.blocks]} for each in render.card(card)]
    return blockview.page([view, *messages], errors={KINDS[0]: "Please fill this in."})


def test_words_are_drawn_as_they_are_read(markup: str) -> None:
    for words in ("A <form>", "链条", "Please fill this in.", "PO <1>", "A & B", *(f"Label of {k}" for k in KINDS[:9])):
        assert html.escape(words) in markup
    assert "&#60;!channel&#62;" in markup and '<a href="https://example.com/p">' in markup


def test_a_page_becomes_a_picture(markup: str, tmp_path: Path) -> None:
    need("chromium")
    blockview.picture(markup, tmp_path / "look.png", width=1_200)
    assert (tmp_path / "look.png").read_bytes().startswith(b"\x89PNG")
