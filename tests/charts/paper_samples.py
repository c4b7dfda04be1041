"""Boring papers for tests to vary."""

import datetime as dt
from decimal import Decimal

from charts.papers.paper import Cell, Label, Paper

DAY = dt.date(2026, 11, 18)
_GOODS = (
    ("HN-3824", "Hex Nut 10", "120", "39.0705"),
    ("CH-0234", "Chain, stainless, 116 links", "64", "9.37"),
    ("BOLT-M8", "不锈钢内六角螺栓 M8×30 (304)", "2500", "0.86"),
    ("PA-187B", "Paint, blue RAL 5015", "12.5", "48.4"),
    ("SD-2342", "Spokes, butted, black, 2.0/1.8/2.0 × 292 mm with nipples for wheels of 28 inches", "3600", "1.0625"),
)


def order_rows(count: int = 5) -> tuple[tuple[Cell, ...], ...]:
    made: list[tuple[Cell, ...]] = []
    for at in range(count):
        code, name, amount, price = _GOODS[at % len(_GOODS)]
        quantity, each = Decimal(amount), Decimal(price)
        made.append((at + 1, code, name, quantity, "pc", each, (quantity * each).quantize(Decimal("0.0001"))))
    return tuple(made)


def an_order(count: int = 5, *, change: int = 1, supplier: str = "上海精工紧固件有限公司") -> Paper:
    rows = order_rows(count)
    return Paper(
        "purchase_order",
        "PO-261118-0007",
        "Bothell plant",
        DAY,
        rows,
        parties=(("supplier", supplier), ("deliver_to", "Bothell plant")),
        facts=(("ordered_on", DAY), ("wanted_by", DAY + dt.timedelta(days=16)), ("currency", "USD")),
        total=sum((row[6] for row in rows if isinstance(row[6], Decimal)), Decimal(0)),
        currency="USD",
        change=change,
    )


def a_pick_list() -> Paper:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("TC-A-1", "BK-R93R-62", "Road-150 Red, 62", "L261030-0003", None, Decimal(2), "pc", None),
        ("TC-A-4", "TI-R982", "HL Road Tire", "L261102-0011", dt.date(2027, 3, 31), Decimal(16), "pc", None),
        ("TC-B-2", "TI-R982", "HL Road Tire", "L261109-0004", dt.date(2027, 5, 31), Decimal(4), "pc", None),
        ("MI-B-5", "PA-187B", "蓝色油漆 RAL 5015", "L261111-0002", dt.date(2026, 12, 31), Decimal("2.5"), "kg", None),
        ("—", "TI-R982", "HL Road Tire", "", None, Decimal(4), "pc", None),
    )
    return Paper(
        "pick_list",
        "SO-261118-0002",
        "Bothell plant",
        DAY,
        rows,
        parties=(("customer", "Radhaus Mitte"),),
        facts=(("ship_by", DAY),),
        notes=(("missing", {}),),
    )


def a_delivery_note() -> Paper:
    rows: tuple[tuple[Cell, ...], ...] = (
        (1, "BK-R93R-62", "Road-150 Red, 62", "L261030-0003", Decimal(2), "pc"),
        (2, "TI-R982", "HL Road Tire", "L261102-0011", Decimal(16), "pc"),
        (3, "PA-187B", "蓝色油漆 RAL 5015", "L261111-0002", Decimal("2.5"), "kg"),
    )
    return Paper(
        "delivery_note",
        "DN-261118-0002",
        "Bothell plant",
        DAY,
        rows,
        parties=(("customer", "Radhaus Mitte"),),
        facts=(
            ("order", "SO-261118-0002"),
            ("shipped_on", DAY),
            ("carrier", "DHL"),
            ("tracking", "JJD0099 1234 5678"),
            ("packages", 2),
            ("weight", "18.4 kg"),
        ),
        notes=(("all_or_say", {}),),
    )


def a_question() -> Paper:
    rows = tuple((*row[:5], None, None) for row in order_rows(2))
    return Paper(
        "request_for_quotation",
        "RQ-261118-0001",
        "Bothell plant",
        DAY,
        rows,
        parties=(("supplier", ""), ("deliver_to", "Bothell plant")),
        facts=(
            ("asked_on", DAY),
            ("answer_by", DAY + dt.timedelta(days=5)),
            ("wanted_by", DAY + dt.timedelta(days=30)),
            ("currency", "USD"),
        ),
    )


def a_label(code: str = "TI-R982", name: str = "HL Road Tire", **changed: dt.date | None) -> Label:
    return Label(
        code,
        name,
        "L261102-0011",
        "16",
        "pc",
        "TC-A-4",
        "L261102-0011",
        changed.get("received_on", DAY),
        changed.get("expires_on", dt.date(2027, 3, 31)),
    )
