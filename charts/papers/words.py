"""The words of a printed paper: in one language, or each of them in both."""

import datetime as dt
from decimal import Decimal
from typing import Final

from babel.dates import format_date

from charts import locale
from charts.papers.paper import Cell, Column, PaperLanguage
from charts.reports import Language
from inventory_core.quantity import MONEY_PLACES, write_money, write_quantity

_LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_PRECISION_MAX: Final = 6
"""No item is counted in more places."""


def languages(language: PaperLanguage) -> tuple[Language, ...]:
    return _LANGUAGES if language == "both" else (language,)


def say(language: PaperLanguage, key: str, **blanks: str | int) -> str:
    """Return a phrase of the papers; in both languages the English one comes first."""
    said = [locale.say(each, key, **blanks) for each in languages(language)]
    return " ".join(dict.fromkeys(said))


def day(date: dt.date, language: PaperLanguage) -> str:
    """Write a date with its year: 18 Nov 2026, 2026年11月18日, or 2026-11-18 where both languages are read."""
    match language:
        case "en":
            return format_date(date, "d MMM y", locale="en")
        case "zh":
            return format_date(date, "y年M月d日", locale="zh")
        case "both":
            return date.isoformat()


def written(cell: Cell, column: Column, language: PaperLanguage) -> str:
    """Return a cell as it is read: a quantity grouped, money with two places at least, a day in the reader's way."""
    match cell:
        case None:
            return ""
        case dt.date():
            return cell.isoformat() if column.kind == "day" else day(cell, language)
        case Decimal():
            return money(cell) if column.kind == "money" else number(cell)
        case _:
            return str(cell)


def number(value: Decimal) -> str:
    """Return "6,000" or "12.5": grouped, without closing zeros."""
    return write_quantity(int(value.scaleb(_PRECISION_MAX)), _PRECISION_MAX)


def money(value: Decimal) -> str:
    """Return "49,500.00": grouped, two places or as many as the amount needs."""
    return write_money(int(value.scaleb(MONEY_PLACES)))
