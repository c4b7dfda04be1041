"""Which bin was scanned for which line: by the bin alone, by the lot or item with it, or by the line's number."""

import pytest

from bot.spoken_bins import WhichLine, hear_bins
from inventory_core.document import Line
from inventory_core.errors import UnknownBin

BINS = {"a-1": "A-1", "a-2": "A-2", "b-7": "B-7"}


def line(position: int, item: str, lot: str, proposed: str) -> Line:
    fields = {"lot": lot, "bin": proposed}
    return Line(position, position, position, item, item, "pc", 0, 10, 0, 0, 0, lot_id=position, fields=fields)


LINES = (line(1, "NUT", "L-1", "A-1"), line(2, "BOLT", "L-2", "A-2"), line(3, "NUT", "L-3", "A-1"))


def heard(words: str, lines: tuple[Line, ...] = LINES, known: tuple[str, ...] = ()) -> dict[int, str] | None:
    found = hear_bins(words, lines, lambda word: BINS.get(word.lower()), known=known)
    return dict(found) if found is not None else None


@pytest.mark.parametrize(
    ("words", "bins"),
    [
        ("a-2", {2: "A-2"}),
        ("A-1", {1: "A-1", 3: "A-1"}),
        ("L-3 B-7", {3: "B-7"}),
        ("b-7 l-3", {3: "B-7"}),
        ("BOLT b-7", {2: "B-7"}),
        ("NUT B-7", {1: "B-7", 3: "B-7"}),
        ("2: B-7", {2: "B-7"}),
        ("2：Ｂ-7； 1: A-1", {2: "B-7", 1: "A-1"}),
        ("L-1, B-7\nL-2, A-1", {1: "B-7", 2: "A-1"}),
    ],
)
def test_a_scan_names_its_lines(words: str, bins: dict[int, str]) -> None:
    assert heard(words) == bins


def test_the_only_line_needs_no_name_and_a_reason_is_no_bin() -> None:
    assert heard("B-7 it is full", LINES[:1], ("It is full",)) == {1: "B-7"}


def test_a_bin_that_is_proposed_for_none_of_several_lines_is_asked_back() -> None:
    with pytest.raises(WhichLine) as asked:
        heard("B-7")
    assert asked.value.params == {"bin": "B-7", "lot": "L-1"}


def test_a_single_word_that_is_no_bin_is_named() -> None:
    for words in ("Z-9", "L-1 Z-9", "2: Z-9"):
        with pytest.raises(UnknownBin) as unknown:
            heard(words)
        assert unknown.value.params == {"code": "Z-9"}


@pytest.mark.parametrize("words", ["", "where is it gone", "L-1"])
def test_other_words_name_no_bin(words: str) -> None:
    assert heard(words) is None
