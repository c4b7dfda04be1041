"""Printed papers: what stands on them in either language, how they break, and that they are the same each time."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pypdf
import pytest
import segno
from pypdf.generic import ContentStream

from charts.locale import phrases
from charts.papers import labels, sheet, table
from charts.papers.paper import COLUMNS, SIGNATURES, LabelSize, Paper, PaperLanguage
from tests.charts.paper_samples import DAY, a_delivery_note, a_label, a_pick_list, a_question, an_order

PAPERS = (an_order(), a_question(), a_delivery_note(), a_pick_list())
LANGUAGES: tuple[PaperLanguage, ...] = ("en", "zh", "both")


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def words_of(paper: Paper, language: PaperLanguage) -> str:
    return "\n".join(pages_of(sheet.draw(paper, language)))


def test_an_order_says_who_delivers_what_by_when_and_at_which_price() -> None:
    said = words_of(an_order(supplier="Litware"), "en")
    for words in (
        "Purchase order", "PO-261118-0007", "Bothell plant", "Litware", "18 Nov 2026", "4 Dec 2026", "HN-3824",
        "Hex Nut 10", "120", "39.0705", "4,688.46", "12.5", "11,868.14 USD", "1 / 1",
    ):  # fmt: skip
        assert words in said


def test_an_order_in_chinese_has_chinese_words_and_days() -> None:
    said = words_of(an_order(), "zh")
    for words in ("采购订单", "供应商", "上海精工紧固件有限公司", "要求到货", "2026年12月4日", "单价", "合计"):
        assert words in said
    assert "Purchase" not in said and "Quantity" not in said


def test_a_chinese_supplier_and_item_stand_on_an_english_order() -> None:
    said = words_of(an_order(), "en")
    assert "上海精工紧固件有限公司" in said and "不锈钢内六角螺栓" in said


def test_an_order_in_both_languages_has_each_heading_in_both_and_days_that_both_read() -> None:
    said = words_of(an_order(), "both")
    assert all(words in said for words in ("Purchase order 采购订单", "Quantity", "数量", "2026-12-04"))


def test_a_change_is_named_and_a_first_order_is_none() -> None:
    assert "Revision 2" in words_of(an_order(change=2), "en")
    assert "第2版" in words_of(an_order(change=2), "zh")
    assert "Change" not in words_of(an_order(), "en")


def test_a_cancelled_order_says_so_on_each_page() -> None:
    assert "Cancelled" not in words_of(an_order(), "en")
    pages = pages_of(sheet.draw(replace(an_order(60), is_void=True, change=2), "zh"))
    assert len(pages) > 1 and all("已作废" in page for page in pages)


def test_a_long_order_breaks_over_pages_that_repeat_the_headings_and_are_numbered() -> None:
    pages = pages_of(sheet.draw(an_order(200), "en"))
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
        assert "Unit price" in page and "PO-261118-0007" in page
    whole = "\n".join(pages)
    assert whole.count("HN-3824") == 40 and "474,725.60 USD" in pages[-1]
    assert all("Total" not in page for page in pages[:-1])


@pytest.mark.parametrize("count", range(14, 34))
def test_the_total_never_stands_on_a_page_without_a_line(count: int) -> None:
    pages = pages_of(sheet.draw(an_order(count), "en"))
    assert "Total" in pages[-1] and any(code in pages[-1] for code in ("HN-", "CH-", "BOLT-", "PA-", "SD-"))
    assert sum(page.count("HN-3824") for page in pages) == -(-count // 5)


def test_a_question_for_a_price_names_none_and_leaves_room_for_it() -> None:
    said = words_of(a_question(), "en")
    assert all(
        words in said for words in ("Request for quotation", "Please answer by", "23 Nov 2026", "Your unit price")
    )
    assert "39.07" not in said and "Total" not in said


def test_a_delivery_note_names_lots_packages_and_carrier_and_has_room_to_sign() -> None:
    said = words_of(a_delivery_note(), "en")
    for words in ("Delivery note", "Radhaus Mitte", "SO-261118-0002", "L261102-0011", "DHL", "JJD0099 1234 5678",
                  "18.4 kg", "Received by", "Signature"):  # fmt: skip
        assert words in said
    assert "签字" in words_of(a_delivery_note(), "zh")


def test_a_pick_list_names_the_bins_in_order_and_what_lies_nowhere() -> None:
    said = words_of(a_pick_list(), "en")
    spots = [said.index(spot) for spot in ("TC-A-1", "TC-A-4", "TC-B-2", "MI-B-5")]
    assert spots == sorted(spots)
    assert "— in place of a bin: not on the shelves." in said and "2026-12-31" in said
    assert "库位为“—”：库位上无货。" in words_of(a_pick_list(), "zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_the_same_paper_is_the_same_file(paper: Paper, language: PaperLanguage) -> None:
    made = sheet.draw(paper, language)
    assert made == sheet.draw(paper, language)
    assert len(made) < 100_000


def test_a_file_bears_the_papers_day_and_name() -> None:
    found = pypdf.PdfReader(io.BytesIO(sheet.draw(an_order(), "en"))).metadata
    assert found is not None and found.title == "Purchase order PO-261118-0007"
    assert found.creation_date is not None and found.creation_date.date() == DAY


def test_two_hundred_lines_are_a_small_file() -> None:
    assert len(sheet.draw(an_order(200), "both")) < 100_000


def test_names_with_emoji_and_turning_signs_are_printed_without_them() -> None:
    row = (1, "📦-1", "Bolt\u202e $x_1$ ☃\u200b 螺栓", Decimal(1), "pc", Decimal(1), Decimal(1))
    said = words_of(replace(an_order(), rows=(row,)), "en")
    assert "Bolt $x_1$" in said and "螺栓" in said and "\u202e" not in said


def test_a_name_without_end_takes_three_lines_and_a_long_number_is_set_smaller() -> None:
    row = (1, "X" * 60, "Y" * 255, Decimal(1), "pc", Decimal(1), Decimal(1))
    pages = pages_of(sheet.draw(replace(an_order(), rows=(row,), number="PO-" + "9" * 37), "en"))
    assert len(pages) == 1 and "…" in pages[0] and "PO-" + "9" * 37 in pages[0]


def test_every_word_of_every_paper_stands_in_both_catalogues() -> None:
    names = {column.name for each in COLUMNS.values() for column in each}
    names |= {name for each in SIGNATURES.values() for name in each} | set(COLUMNS)
    for paper in PAPERS:
        names |= {name for name, _ in (*paper.parties, *paper.facts, *paper.notes)}
    for language in ("en", "zh"):
        assert {f"paper.{name}" for name in names} <= phrases(language).keys()


# CSV


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_csv_of_an_order_has_its_lines_with_plain_numbers() -> None:
    heading, first, *_, last = rows_of(table.as_csv(an_order(), "en"))
    assert heading == ["Number", "No.", "Item", "Description", "Quantity", "Unit", "Unit price", "Amount", "Currency"]
    assert first == ["PO-261118-0007", "1", "HN-3824", "Hex Nut 10", "120", "pc", "39.0705", "4688.4600", "USD"]
    assert last[4] == "3600"
    assert rows_of(table.as_csv(an_order(), "zh"))[0][:3] == ["单号", "序号", "物料编码"]


def test_what_is_filled_in_by_hand_is_no_column_of_the_csv() -> None:
    assert rows_of(table.as_csv(a_question(), "en"))[0][-1] == "Unit"
    assert "Picked" not in rows_of(table.as_csv(a_pick_list(), "en"))[0]


def test_a_name_like_a_formula_is_harmless_in_the_csv() -> None:
    row = (1, "@SUM(A1)", "=HYPERLINK(1)", Decimal(1), "pc", Decimal(1), Decimal(1))
    assert rows_of(table.as_csv(replace(an_order(), rows=(row,)), "en"))[1][2:4] == ["'@SUM(A1)", "'=HYPERLINK(1)"]


# Labels


def drawn(size: LabelSize, language: PaperLanguage = "en") -> bytes:
    long_ = a_label("FW-3400-EXTRA", "不锈钢内六角螺栓 M8×30 (304) 达克罗 全牙 加长 品质管控", expires_on=None)
    return labels.draw((a_label(), long_), size, language, title="Labels", dated=DAY)


@pytest.mark.parametrize(("size", "width", "height"), [("100x50", 100, 50), ("62x29", 62, 29)])
def test_a_label_is_a_page_of_its_size_with_all_that_a_storekeeper_reads(
    size: LabelSize, width: int, height: int
) -> None:
    reader = pypdf.PdfReader(io.BytesIO(drawn(size)))
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [width, height]
    first, second = (page.extract_text() for page in reader.pages)
    for words in ("TI-R982", "HL Road Tire", "L261102-0011", "16 pc", "TC-A-4", "2026-11-18", "Good until 2027-03-31"):
        assert words in first
    assert "FW-3400-EXTRA" in second and "不锈钢" in second and "Good until" not in second


def test_a_label_in_chinese_says_so() -> None:
    said = pages_of(drawn("100x50", "zh"))[0]
    assert "批次 L261102-0011" in said and "有效期至 2027-03-31" in said


def squares_on(content: bytes, side: int) -> list[list[bool]]:
    """Read the dark squares of the code back from the strokes of a label's first page."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    strokes = ContentStream(reader.pages[0].get_contents(), reader).operations
    runs = [[float(value) for value in given] for given, operator in strokes if operator == b"re"]
    left, top = min(run[0] for run in runs), max(run[1] for run in runs)
    step = min(abs(run[3]) for run in runs)
    dark = [[False] * side for _ in range(side)]
    for x, y, wide, _ in runs:
        row, column = round((top - y) / step), round((x - left) / step)
        for at in range(column, column + round(wide / step)):
            dark[row][at] = True
    return dark


@pytest.mark.parametrize("payload", ["L261102-0011", "BK-R93R-62", "不锈钢螺栓-01", "I:BK-100|L:L261102-0011|Q:16"])
def test_the_code_on_a_label_is_that_of_its_payload(payload: str) -> None:
    expected = [[bool(cell) for cell in row] for row in segno.make_qr(payload, error="m", boost_error=False).matrix]
    made = labels.draw((replace(a_label(), payload=payload),), "62x29", "en", title="x", dated=DAY)
    assert squares_on(made, len(expected)) == expected


def test_the_same_labels_are_the_same_file() -> None:
    assert drawn("62x29") == drawn("62x29")
