"""A signature: typed, drawn with a finger, or written on paper and photographed."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from inventory_core.db.engine import reading
from tests.bot.cards import jpeg
from tests.workflows.desk import Play
from tests.world import World
from workflows import attachments, dialogue, photos
from workflows.cards import Done, Form, Refused
from workflows.dialogue import Question, Ready
from workflows.intents import Photo, Sender

SIGNED = """
fields:
  note: {kind: text, required: false}
  sign: {kind: signature, label: {en: Signature, zh: 签字}}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [note, sign], then: check}}}
  check: {asks: supervisor, outcomes: {fine: done, back: {form: [sign], then: done}}}
"""
LIN = Sender("web", "", "lin")


def drawn(*, is_see_through: bool = False, ink: str = "black") -> bytes:
    """A signature as a browser draws it: with soft edges, on white or on nothing."""
    large = Image.new("RGBA", (1432, 672), (255, 255, 255, 0 if is_see_through else 255))
    ImageDraw.Draw(large).line([(80, 500), (400, 90), (700, 560), (1300, 200)], fill=ink, width=20, joint="curve")
    made = io.BytesIO()
    large.resize((716, 336), Image.Resampling.LANCZOS).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def play(shop: World) -> Play:
    return Play.of(shop, SIGNED)


def send(world: World, answers: dict[str, str], **pictures: bytes) -> Done | Refused:
    token = world.button("lin", "send").token
    given = {name: (Photo("signature.png", content),) for name, content in pictures.items()}
    return world.send("lin", token, answers, photos=given)


def kept(world: World) -> list[Path]:
    return sorted(world.desk.files.iterdir())


@pytest.mark.parametrize("is_see_through", [False, True])
def test_one_that_was_drawn_is_kept_as_black_lines_on_white(play: Play, is_see_through: bool) -> None:
    world = play.world
    assert isinstance(send(world, {"sign": ""}, sign=drawn(is_see_through=is_see_through)), Done)
    (path,) = kept(world)
    assert path.suffix == ".png"
    with Image.open(path) as picture:
        assert picture.mode == "L" and picture.size == (716, 336)
        assert picture.getpixel((2, 2)) == 255 and picture.getextrema()[0] < 40
    (card,) = world.inbox("otto")
    assert ("Signature", "by hand") in [(fact.label, fact.value) for fact in card.facts]
    assert [each.label for each in card.buttons][-1] == "See the photo"
    with reading(world.engine) as db:
        (file,) = attachments.of_document(db, 1)
    assert (file.by, file.name) == ("Lin Wei", "signature.png")


def test_a_drawing_that_is_kept_again_stays_the_same(play: Play) -> None:
    folder = play.world.desk.files
    digest, _ = photos.keep(folder, drawn())
    again, _ = photos.keep(folder, photos.load(folder, digest).content)
    assert again == digest


def test_a_coloured_picture_is_a_photo(play: Play) -> None:
    photos.keep(play.world.desk.files, drawn(ink="red"))
    assert [each.suffix for each in kept(play.world)] == [".jpg"]


def test_a_typed_name_counts_as_before(play: Play) -> None:
    assert isinstance(send(play.world, {"sign": "lin wei"}), Done)
    (card,) = play.world.inbox("otto")
    assert ("Signature", "Lin Wei") in [(fact.label, fact.value) for fact in card.facts]


def test_without_either_it_is_asked_for(play: Play) -> None:
    refused = send(play.world, {"sign": " "})
    assert isinstance(refused, Refused) and refused.errors == {"sign": "Please fill this in."}
    for words in ("✓", "by hand", "Otto Berg"):
        refused = send(play.world, {"sign": words})
        assert isinstance(refused, Refused)
        assert refused.errors == {"sign": "Sign by hand, or type your name: Lin Wei"}


def test_what_is_no_picture_is_no_signature(play: Play) -> None:
    refused = send(play.world, {"sign": ""}, sign=b"<svg onload=alert(1)>")
    assert isinstance(refused, Refused) and refused.errors.keys() == {"sign"}
    assert not play.world.desk.files.exists()


def test_nobodys_signature_stands_in_the_next_ones_form(play: Play) -> None:
    send(play.world, {"sign": "Lin Wei"})
    form = play.world.open_form("otto", "back")
    assert [each.default for each in form.fields] == [""]


def test_in_a_chat_a_photo_of_it_is_taken_and_so_is_the_name(play: Play) -> None:
    world = play.world
    form = world.open_form("lin", "send")
    assert isinstance(form, Form)
    note = dialogue.begin(world.desk, form, LIN, world.address("lin"))
    assert isinstance(note, Question)
    asked = dialogue.reply(world.desk, LIN, world.address("lin"), "Skip")
    assert isinstance(asked, Question)
    assert asked.words == (
        "Signature · Sign by hand, or type your name: Lin Wei\nA photo of your signature is taken, too."
    )
    again = dialogue.reply(world.desk, LIN, world.address("lin"), "Otto Berg")
    assert isinstance(again, Question) and again.complaint == "Sign by hand, or type your name: Lin Wei"
    bad = dialogue.reply(world.desk, LIN, world.address("lin"), "", photo=Photo("a.jpg", b"x"))
    assert isinstance(bad, Question) and bad.complaint
    ready = dialogue.reply(world.desk, LIN, world.address("lin"), "", photo=Photo("a.jpg", jpeg()))
    assert isinstance(ready, Ready)
    assert [len(each) for each in ready.intent.photos.values()] == [1]
