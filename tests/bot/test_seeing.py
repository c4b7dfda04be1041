"""Codes in photos: read however the phone was held, and nothing comes of what is broken or hostile."""

import struct
import zlib

import pytest
from PIL import Image
from zxingcpp import BarcodeFormat

from bot import seeing
from inventory_core import labels
from tests.bot.pictures import code, encoded, photo
from workflows.photos import LARGEST_BYTES

LABEL = labels.payload(labels.Label("BK-100", "L261125-0042", "12"))


@pytest.mark.parametrize("turned", [0, 90, 180, 17, 45])
@pytest.mark.parametrize("blurred", [0, 2])
def test_our_label_is_read_however_it_lies(turned: float, blurred: float) -> None:
    assert list(seeing.codes(photo(code(LABEL), turned=turned, blurred=blurred))) == [LABEL]


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ("4006381333931", BarcodeFormat.EAN13, "4006381333931"),
        ("96385074", BarcodeFormat.EAN8, "96385074"),
        ("036000291452", BarcodeFormat.UPCA, "036000291452"),
        ("BOLT-M8/30", BarcodeFormat.Code128, "BOLT-M8/30"),
        ("DM-778", BarcodeFormat.DataMatrix, "DM-778"),
    ],
)
def test_what_makers_print_on_their_goods_is_read(words: str, kind: BarcodeFormat, said: str) -> None:
    assert [each.lstrip("0") for each in seeing.codes(photo(code(words, kind)))] == [said.lstrip("0")]


def test_a_short_upc_is_written_out() -> None:
    assert seeing.codes(photo(code("01234565", BarcodeFormat.UPCE))) == ("0012345000065",)


def test_a_small_code_in_a_large_photo_is_read_and_a_tiny_photo_too() -> None:
    assert list(seeing.codes(photo(code(LABEL, scale=5), size=(5200, 3900)))) == [LABEL]
    assert list(seeing.codes(encoded(code(LABEL, scale=1).convert("L"), "PNG"))) == [LABEL]


def test_several_codes_are_read_each_once_from_the_top_down() -> None:
    shown = [code(f"BIN-{number}") for number in range(8)]
    found = seeing.codes(photo(*shown, shown[0], size=(2000, 1400)))
    assert sorted(found) == [f"BIN-{number}" for number in range(8)]
    assert found.index("BIN-0") < found.index("BIN-7")


def test_what_shines_through_is_white() -> None:
    ours = code(LABEL).convert("L")
    clear = Image.new("RGBA", ours.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=ours.point(lambda value: 255 - value))
    assert list(seeing.codes(encoded(clear, "PNG"))) == [LABEL]


def test_no_sign_of_a_code_steers_what_reads_it() -> None:
    (said,) = seeing.codes(photo(code("A\tB\x00C" + "x" * 300, scale=3)))
    assert "\t" not in said and "\x00" not in said and len(said) == 200


def huge(side: int) -> bytes:
    """A PNG of a kilobyte whose header promises a picture of ``side`` × ``side``."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        photo(code(LABEL))[:4000],
        huge(60_000),
        huge(4_000),
        b"\xff\xd8\xff" + b"\0" * 5000,
        encoded(Image.new("L", (40, 40), 200), "GIF"),
        b"\0" * (LARGEST_BYTES + 1),
    ],
    ids=["empty", "text", "pdf", "svg", "cut", "bomb", "torn", "junk", "gif", "large"],
)
def test_what_is_broken_or_hostile_holds_no_code(content: bytes) -> None:
    assert list(seeing.codes(content)) == []


def test_a_photo_without_a_code_holds_none() -> None:
    assert list(seeing.codes(photo())) == []
