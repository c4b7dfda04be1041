"""Quantities and amounts as whole numbers, and the way they are written.

A quantity counts an item's smallest unit: 12.5 kg at precision 3 is 12,500. An amount counts 1/10,000 of the currency
unit. No float touches either.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from inventory_core.errors import InexactQuantity, NegativeQuantity, NotANumber

MONEY_PLACES = 4
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_LARGEST = Decimal(10) ** 15


def parse_quantity(text: str, *, precision: int, unit: str = "") -> int:
    """Return the quantity that a person wrote ("550", "12.5", "1,000", "５５０") in smallest units.

    Raises NotANumber, NegativeQuantity, or InexactQuantity when it can't be said in ``precision`` places.
    """
    number = parse_decimal(text)
    if number < 0:
        raise NegativeQuantity(text=text)
    scaled = number.scaleb(precision)
    if scaled != scaled.to_integral_value():
        raise InexactQuantity(text=text, unit=unit, precision=precision)
    return int(scaled)


def exact_units(number: Decimal, *, precision: int, unit: str = "") -> int:
    """Return a number in smallest units. Raises NegativeQuantity, or InexactQuantity when it has more places."""
    if number < 0:
        raise NegativeQuantity(text=f"{number:f}")
    scaled = number.scaleb(precision)
    if scaled != scaled.to_integral_value():
        raise InexactQuantity(text=f"{number:f}", unit=unit, precision=precision)
    return int(scaled)


def exact_money(number: Decimal) -> int:
    """Return an amount of money in 1/10,000. Raises as exact_units does."""
    return exact_units(number, precision=MONEY_PLACES)


def parse_money(text: str) -> int:
    """Return an amount such as "50.26" in 1/10,000. Raises NotANumber, or InexactQuantity past four places."""
    scaled = parse_decimal(text).scaleb(MONEY_PLACES)
    if scaled != scaled.to_integral_value():
        raise InexactQuantity(text=text, unit="", precision=MONEY_PLACES)
    return int(scaled)


def parse_decimal(text: str) -> Decimal:
    """Return the number that a person wrote. Raises NotANumber."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u2212", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise NotANumber(text=text) from None
    if not number.is_finite() or abs(number) >= _LARGEST or "_" in plain:
        raise NotANumber(text=text)
    return number


def as_decimal(amount: int, precision: int) -> Decimal:
    """Return smallest units as the number a person means."""
    return Decimal(amount).scaleb(-precision)


def worth(amount: int, price: int, *, precision: int) -> int:
    """Return what so many smallest units cost, in 1/10,000, at a price a whole unit; rounded half to even."""
    whole = int(10**precision)
    quotient, rest = divmod(price * amount, whole)
    is_up = 2 * rest > whole or (2 * rest == whole and quotient % 2 == 1)
    return quotient + is_up


def shares(whole: int, weights: Sequence[int]) -> list[int]:
    """Return a whole parted by weights, each part whole, and all of them together the whole."""
    total, given, parts = sum(weights), 0, []
    for weight in weights:
        so_far = given + weight
        parts.append(whole * so_far // total - whole * given // total)
        given = so_far
    return parts


def write_quantity(amount: int, precision: int) -> str:
    """Return "6,000" or "12.5": grouped, without closing zeros."""
    text = f"{as_decimal(amount, precision):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_money(amount: int) -> str:
    """Return "49,500.00": grouped, two places or as many as the amount needs."""
    whole, _, places = f"{as_decimal(amount, MONEY_PLACES):,.4f}".partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"
