"""Figures among words: what is plain, what could be meant, and what is no answer at all."""

import pytest

from bot import hearing
from inventory_core.document import Line


def lines(*codes: str) -> list[Line]:
    return [Line(n, n, n, code, code, "pc", 0, 10, 0, 0, 0, lot_id=1) for n, code in enumerate(codes, 1)]


def figures(words: str, *, guessed: bool = False) -> tuple[int, int] | None:
    heard = (hearing.guess if guessed else hearing.hear)(words, lines("NUT"))
    return (int(heard[1].good), int(heard[1].bad)) if heard else None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("12", (12, 0)),
        ("12.", (12, 0)),
        ("１２", (12, 0)),
        ("12pc", (12, 0)),
        ("12 ok 3 damaged", (12, 3)),
        ("12个好3个坏", (12, 3)),
        ("合格12个，不合格3个", None),
        ("received 12 and 3 damaged", (12, 3)),
        ("1,250", (1250, 0)),
        ("3 damaged", (0, 3)),
        ("maybe 12", None),
        ("about 12", None),
        ("12?", None),
        ("大概12个", None),
        ("12 or 13", None),
        ("12 but the box is wet", None),
        ("7 damaged 1", None),
        ("-12", None),
        ("M8", None),
        ("12 13", None),
        ("", None),
    ],
)
def test_only_plain_figures_are_heard(words: str, said: tuple[int, int] | None) -> None:
    assert figures(words) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("maybe 12", (12, 0)),
        ("12?", (12, 0)),
        ("大概12个", (12, 0)),
        ("12 but the box is wet", (12, 0)),
        ("I think 12 ok, 3 damaged", (12, 3)),
        ("12 or 13", None),
        ("7 damaged 1", None),
        ("call 555-1234", None),
        ("back at 10:30", None),
        ("since 2026-11-26", None),
        ("L261125-0042 is open", None),
        ("M8 and A-12", None),
        ("the 3rd box", None),
        ("50% of it", None),
        ("no figures", None),
    ],
)
def test_what_could_be_meant_is_a_guess_and_codes_times_and_days_are_none(
    words: str, said: tuple[int, int] | None
) -> None:
    assert figures(words, guessed=True) == said


def test_a_figure_of_several_lines_names_its_own() -> None:
    two = lines("NUT", "BOLT")
    assert hearing.hear("12", two) is None and hearing.guess("maybe 12", two) is None
    heard = hearing.hear("bolt: 7; 1: 20 ok, 1 damaged", two)
    assert heard is not None and (heard[2].good, heard[1].good, heard[1].bad) == (7, 20, 1)
    assert hearing.hear("1: 7; 1: 8", two) is None
