"""A worker draws for weeks: its memory must not grow with every picture."""

import gc
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from charts.digest import digest
from charts.stock import stock_projection
from tests.charts.samples import DAY, PAPER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def resident_mb() -> float:
    gc.collect()
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def growth_mb(count: int) -> float:
    """Draw ``count`` pictures, no two alike, and return what memory grew by after the first twenty."""
    base = 0.0
    for i in range(count):
        name = f"Item number {i} of many"
        stock_projection(replace(PAPER, item_name=name, item_code=f"I-{i}"), "zh" if i % 2 else "en")
        if i % 4 == 0:
            digest(replace(DAY, finding=f"{i} items need an order today"), "en")
        if i == 19:
            base = resident_mb()
    return resident_mb() - base


def test_sixty_pictures_leave_memory_where_it_was() -> None:
    assert growth_mb(60) < 10


@pytest.mark.nightly
def test_five_hundred_pictures_leave_memory_where_it_was() -> None:
    assert growth_mb(500) < 20
