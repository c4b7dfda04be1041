"""The lineage picture: what its title finds, where its boxes stand, and that many and long names fit."""

from dataclasses import replace
from itertools import combinations

import pytest

from charts.lineage import lineage
from charts.lineage_layout import Placed, arrange, plan
from charts.lineage_words import LineageWords
from charts.reports import Language, LineageNode, LineageReport
from charts.style import HEIGHT_MAX, WIDTH
from charts.typeface import load_fonts
from tests.charts.samples import LONG_CHINESE_NAME, LONG_NAME, TODAY, image

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def node(key: str, column: int, kind: str = "lot", *, title: str = "", asked: bool = False) -> LineageNode:
    return LineageNode(key, column, kind, title or key, f"L261118-{key}", "GR-PO-261118-0001", is_subject=asked)  # type: ignore[arg-type]


WHEEL = LineageReport(
    subject="L261118-0001",
    is_paper=False,
    is_serial=False,
    about="WHEEL · Wheel 26 in",
    site="Shanghai 1",
    today=TODAY,
    columns=("supplier", "subject", "product", "end"),
    nodes=(
        node("s1", 0, "supplier", title="Litware"),
        node("w", 1, asked=True),
        *(node(f"b{each}", 2) for each in range(3)),
        node("c1", 3, "customer", title="Velo Shop"),
        node("stock", 3, "stock"),
    ),
    links=(
        ("s1", "w"),
        ("w", "b0"),
        ("w", "b1"),
        ("w", "b2"),
        ("b0", "c1"),
        ("b1", "c1"),
        ("b2", "stock"),
        ("w", "stock"),
    ),
    suppliers=("Litware",),
    customers=("Velo Shop",),
    sources=0,
    products=3,
)


def _box(column: int, row: int, rows: int, title: str) -> LineageNode:
    if row == rows - 1:
        return LineageNode(f"{column}.{row}", column, "rest", "lot", count=12)
    return node(f"{column}.{row}", column, title=title, asked=column == 2)


def full(columns: int, rows: int, *, title: str = "Item") -> LineageReport:
    """As many boxes as a picture ever has, each tied to all of the next column, and some to the one after."""
    kinds = ("supplier", "source", "subject", "product", "end")[:columns]
    nodes = tuple(_box(column, row, rows, title) for column in range(columns) for row in range(rows))
    links = tuple(
        (f"{column}.{row}", f"{column + far}.{other}")
        for far in (1, 2)
        for column in range(columns - far)
        for row in range(rows)
        for other in range(0, rows, far * 2 - 1)
    )
    return replace(WHEEL, columns=kinds, nodes=nodes, links=links)


ODD: dict[str, LineageReport] = {
    "a wheel": WHEEL,
    "two boxes": replace(WHEEL, columns=("supplier", "subject"), nodes=WHEEL.nodes[:2], links=WHEEL.links[:1]),
    "five full columns": full(5, 5),
    "four full columns": full(4, 5),
    "three full columns": full(3, 6),
    "long names": full(4, 5, title=LONG_NAME),
    "long Chinese names": full(5, 5, title=LONG_CHINESE_NAME),
    "a long subject": replace(WHEEL, subject="X" * 64, suppliers=(LONG_NAME,), customers=(LONG_CHINESE_NAME,)),
    "many customers": replace(WHEEL, suppliers=("A", "B"), customers=tuple(f"Customer {each}" for each in range(200))),
    "signs that mean something elsewhere": full(3, 3, title="$box$ _500_ <b> 🚲 {x}"),
}


def placed(report: LineageReport) -> list[Placed]:
    return list(arrange(plan(report), top=300).values())


def title(report: LineageReport, language: Language = "en") -> str:
    return LineageWords(report, language, load_fonts()).title()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ODD)
def test_every_picture_is_as_wide_as_a_phone_shows_and_not_too_high(name: str, language: Language) -> None:
    picture = lineage(ODD[name], language)
    width, height = image(picture).size
    assert width == WIDTH and height <= HEIGHT_MAX
    assert len(picture.png) < 200_000
    assert 20 < len(picture.alt) <= 1000


@pytest.mark.parametrize("name", ODD)
def test_no_box_touches_another_and_all_are_on_the_sheet(name: str) -> None:
    boxes = [each.box for each in placed(ODD[name])]
    assert all(each.left >= 30 and each.right <= WIDTH - 30 for each in boxes)
    for one, other in combinations(boxes, 2):
        assert not one.grown(7).meets(other)


def test_a_link_past_a_column_goes_between_its_boxes() -> None:
    found = plan(WHEEL)
    assert ("w", "stock@2") in found.links and ("stock@2", "stock") in found.links
    way = next(each.box for each in placed(WHEEL) if each.slot.key == "stock@2")
    nodes = [each.box for each in placed(WHEEL) if each.slot.node and each.slot.column == 2]
    assert not any(way.meets(each) for each in nodes)


def test_the_rest_of_a_column_stands_last_and_links_cross_little() -> None:
    for column in plan(full(5, 5)).columns:
        kinds = [slot.node.kind for slot in column if slot.node]
        assert kinds[-1] == "rest"
    crossed = replace(
        WHEEL,
        columns=("supplier", "subject"),
        nodes=(*(node(f"a{each}", 0) for each in range(4)), *(node(f"b{each}", 1) for each in range(4))),
        links=tuple((f"a{each}", f"b{3 - each}") for each in range(4)),
    )
    tops = {each.slot.key: each.box.top for each in placed(crossed)}
    assert all(tops[f"a{each}"] == tops[f"b{3 - each}"] for each in range(4))


def test_the_title_says_from_where_and_to_where() -> None:
    assert title(WHEEL) == "Lot L261118-0001: from Litware, to Velo Shop"
    assert title(WHEEL, "zh") == "批次L261118-0001：来自Litware，已发往Velo Shop"
    made = replace(WHEEL, is_serial=True, sources=2, customers=("A", "B"))
    assert title(made) == "Serial number L261118-0001: made of 2 lots, to 2 customers"
    kept = replace(WHEEL, is_paper=True, subject="GR-4012", customers=(), products=0)
    assert title(kept) == "GR-4012: from Litware, at no customer"
    assert title(kept, "zh") == "GR-4012：来自Litware，未到客户"
    assert title(replace(kept, suppliers=(), products=1)) == "GR-4012: into 1 lot"


def test_the_alt_text_names_whom_it_concerns() -> None:
    told = LineageWords(ODD["many customers"], "en", load_fonts()).alt()
    assert "Customers: Customer 0, Customer 1" in told and "Suppliers: A, B." in told
    assert "没有客户持有。" in LineageWords(replace(WHEEL, customers=()), "zh", load_fonts()).alt()
