"""Sampling plans against cells of the published tables, and the switching between them."""

import pytest

from inventory_core.sampling import AQLS, Plan, Severity, as_named, plan, severity

NORMAL = [
    # lot, AQL, sample, accept
    (8, "6.5", 2, 0), (15, "4.0", 3, 0), (25, "10", 5, 1), (50, "2.5", 5, 0), (50, "4.0", 13, 1), (50, "6.5", 8, 1),
    (90, "1.0", 13, 0), (90, "2.5", 20, 1), (150, "0.65", 20, 0), (150, "1.0", 13, 0), (150, "4.0", 20, 2),
    (150, "10", 20, 5), (280, "1.0", 50, 1), (280, "2.5", 32, 2), (280, "6.5", 32, 5), (500, "1.0", 50, 1),
    (500, "4.0", 50, 5), (501, "0.65", 80, 1), (1000, "1.0", 80, 2), (1200, "2.5", 80, 5), (1200, "6.5", 80, 10),
    (1200, "10", 80, 14), (3200, "0.65", 125, 2), (3200, "10", 125, 21), (10_000, "1.0", 200, 5),
    (10_000, "10", 125, 21), (20_000, "1.0", 315, 7), (150_000, "1.0", 500, 10), (500_000, "1.0", 800, 14),
    (600_000, "1.0", 1250, 21), (600_000, "0.010", 1250, 0), (600_000, "0.025", 2000, 1),
]  # fmt: skip
TIGHTENED = [
    (15, "6.5", 3, 0), (25, "4.0", 5, 0), (25, "10", 8, 1), (50, "10", 8, 1), (90, "1.5", 13, 0), (150, "1.0", 20, 0),
    (150, "1.5", 50, 1), (280, "0.65", 32, 0), (280, "2.5", 32, 1), (500, "1.5", 50, 1), (1000, "1.0", 80, 1),
    (1000, "1.5", 80, 2), (1000, "10", 80, 12), (3200, "1.0", 125, 2), (3200, "10", 125, 18), (10_000, "0.65", 200, 2),
    (600_000, "0.025", 3150, 1), (600_000, "0.010", 2000, 0),
]  # fmt: skip


@pytest.mark.parametrize(("lot", "aql", "size", "accept"), NORMAL)
def test_normal_inspection_is_as_published(lot: int, aql: str, size: int, accept: int) -> None:
    found = plan(lot, aql)
    assert (found.size, found.accept) == (size, accept)


@pytest.mark.parametrize(("lot", "aql", "size", "accept"), TIGHTENED)
def test_tightened_inspection_is_as_published(lot: int, aql: str, size: int, accept: int) -> None:
    found = plan(lot, aql, Severity.TIGHTENED)
    assert (found.size, found.accept) == (size, accept)


def test_every_lot_has_a_plan_and_no_sample_is_larger_than_its_lot() -> None:
    for lot in (1, 2, 8, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10_001, 35_001, 150_001, 500_001, 9_999_999):
        for aql in AQLS:
            for each in Severity:
                found = plan(lot, aql, each)
                assert 1 <= found.size <= lot and 0 <= found.accept <= 21


def test_a_sample_as_large_as_its_lot_is_the_whole_lot() -> None:
    assert plan(4, "1.0") == Plan("E", 4, 0)


def test_nothing_and_an_unknown_aql_have_no_plan() -> None:
    with pytest.raises(ValueError, match="at least one piece"):
        plan(0, "1.0")
    with pytest.raises(ValueError):
        plan(100, "3.0")


Y, N = True, False


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Severity.NORMAL),
        ([N], Severity.NORMAL),
        ([N, N], Severity.TIGHTENED),
        ([N, Y, Y, Y, N], Severity.TIGHTENED),
        ([N, Y, Y, Y, Y, N], Severity.NORMAL),
        ([N, N, Y, Y, Y, Y], Severity.TIGHTENED),
        ([N, N, Y, Y, Y, Y, Y], Severity.NORMAL),
        ([N, N, Y, Y, N, Y, Y, Y, Y, Y, N], Severity.NORMAL),
        ([N, N, N, N, Y, N, Y, N], Severity.TIGHTENED),
        ([N, N, N, N, Y, N, Y, N, N], Severity.STOPPED),
        ([N, N, N, N, N, N, N, N], Severity.STOPPED),
        ([N, N, N, N, N, N, N, Y], Severity.TIGHTENED),
    ],
)
def test_the_severity_follows_what_came_before(verdicts: list[bool], expected: Severity) -> None:
    assert severity(verdicts) is expected


@pytest.mark.parametrize(
    ("words", "named"), [("1", "1.0"), ("2.50", "2.5"), ("0.01", "0.010"), ("10.0", "10"), ("3", None), ("x", None)]
)
def test_an_aql_is_known_however_a_spreadsheet_writes_it(words: str, named: str | None) -> None:
    assert as_named(words) == named
