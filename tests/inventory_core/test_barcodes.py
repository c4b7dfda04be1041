"""One number, however it is printed: with more or fewer zeros before it, or within a GS1 code."""

import pytest

from inventory_core import barcodes


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("0036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("(01)04006381333931(10)AB-12", "04006381333931"),
        ("BOLT-M8/30", "BOLT-M8/30"),
        ("12345", "12345"),
    ],
)
def test_a_code_is_kept_in_one_way(printed: str, kept: str) -> None:
    assert barcodes.normal(printed) == kept


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "96385074", "BOLT-M8/30", "12345"])
def test_a_code_that_can_stand_on_goods_is_taken(code: str) -> None:
    assert barcodes.is_sound(code)


@pytest.mark.parametrize("code", ["4006381333932", "036000291453", "", "two words", "螺栓", "x" * 49])
def test_a_wrong_check_digit_and_what_is_no_code_are_not(code: str) -> None:
    assert not barcodes.is_sound(code)
