"""Words, numbers and dates as the reader's language writes them. The words are in ``phrases/{en,zh}.toml``."""

import datetime as dt
import tomllib
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import assert_never

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from charts.reports import Language

PHRASES = Path(__file__).parent / "phrases"
ALT_MAX = 1000
NO_BREAK = "\N{NO-BREAK SPACE}"
SHORTEN_FROM = 100_000
NEAR_DAYS = 200
"""A date at most this far from today needs no year."""


@cache
def phrases(language: Language) -> dict[str, dict[str, str]]:
    """Read the catalogue: each key has its plural forms, ``other`` at least."""
    table = tomllib.loads((PHRASES / f"{language}.toml").read_text("utf-8"))
    return {
        f"{chapter}.{key}": {"other": text} if isinstance(text, str) else dict(text)
        for chapter, entries in table.items()
        for key, text in entries.items()
    }


def say(language: Language, key: str, **parts: str | int) -> str:
    """Return the phrase with its parts filled in. The part ``count`` picks the plural form; numbers are written out."""
    forms = phrases(language)[key]
    form = forms.get("one", forms["other"]) if parts.get("count") == 1 else forms["other"]
    written = {key: number(Decimal(part), language) if isinstance(part, int) else part for key, part in parts.items()}
    return form.format(**written)


def tell(sentences: Iterable[str], language: Language) -> str:
    """Join whole sentences into an alt text, up to the 1,000 characters that every chat takes."""
    joint, told = ("" if language == "zh" else " "), ""
    for sentence in sentences:
        longer = f"{told}{joint}{sentence}" if told else sentence[:ALT_MAX]
        if len(longer) > ALT_MAX:
            break
        told = longer
    return told.replace(NO_BREAK, " ")


def number(value: Decimal, language: Language) -> str:
    """Write a quantity with at most two decimals, three under 100; shortened to three figures from 100,000 up."""
    if abs(value) < SHORTEN_FROM:
        pattern = "#,##0.###" if abs(value) < 100 else "#,##0.##"
        return format_decimal(value, format=pattern, locale=language).replace("-", "\N{MINUS SIGN}")
    scale, mark = _scale(abs(value), language)
    short = value / scale
    places = max(0, 2 - short.copy_abs().to_integral_value().adjusted())
    rounded = short.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return format_decimal(rounded, format="#,##0.##", locale=language).replace("-", "\N{MINUS SIGN}") + mark


def _scale(value: Decimal, language: Language) -> tuple[Decimal, str]:
    match language:
        case "zh":
            return (Decimal(10**8), "亿") if value >= 10**8 else (Decimal(10**4), "万")
        case "en":
            return (Decimal(10**6), "m") if value >= 10**6 else (Decimal(10**3), "k")
        case _:
            assert_never(language)


def rate(value: Decimal, language: Language) -> str:
    """Write a daily demand to three figures, since it is a mean."""
    if value >= SHORTEN_FROM:
        return number(value, language)
    places = max(0, 2 - value.adjusted())
    return format_decimal(value.quantize(Decimal(1).scaleb(-places)), format="#,##0.######", locale=language)


def day(date: dt.date, language: Language, *, today: dt.date) -> str:
    """Write a date as 18 Nov or 11月18日; with its year when it is far from today."""
    far = abs((date - today).days) > NEAR_DAYS
    match language:
        case "zh":
            return format_date(date, "y年M月d日" if far else "M月d日", locale="zh")
        case "en":
            return format_date(date, "d MMM y" if far else "d MMM", locale="en").replace(" ", NO_BREAK)
        case _:
            assert_never(language)


def weekday(date: dt.date, language: Language) -> str:
    """Write a date with the name of its day: Wednesday 18 November, 11月18日 星期三."""
    name = get_day_names("wide", locale=language)[date.weekday()]
    if language == "zh":
        return f"{format_date(date, 'M月d日', locale='zh')} {name}"
    return f"{name} {format_date(date, 'd MMMM', locale='en')}"
