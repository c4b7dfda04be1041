"""The daily digest: made once a local date, by a unique row, whatever the number of schedulers; told by its entry."""

import datetime as dt
import json
from decimal import Decimal

from sqlalchemy import bindparam, text
from sqlalchemy.types import Date

from charts.reports import Digest, DigestRow, Figure
from inventory_core import journal, places
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.quantity import MONEY_PLACES, as_decimal, write_quantity
from notifier import drawings, pictures
from notifier.digest_figures import DAYS, DayFigures, Low, from_values, gather, to_values
from workflows import phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.desk import LANGUAGES, Desk
from workflows.inbox import Reader
from workflows.phrases import say

NAME = "daily"
READ_BY = "manager"
_CATCH_UP = dt.timedelta(hours=2)
_SATURDAY = 5

_CLAIM = text("""
    INSERT INTO digest_runs (digest, local_date, made_at, figures) VALUES (:digest, :date, :now, :figures)
    ON CONFLICT (digest, local_date) DO NOTHING RETURNING local_date
""").bindparams(bindparam("date", type_=Date()))
_STORED = text("SELECT figures FROM digest_runs WHERE digest = :digest AND local_date = :date").bindparams(
    bindparam("date", type_=Date())
)


def is_due(now: dt.datetime, desk: Desk, at: dt.time) -> bool:
    """Tell whether the digest's local time of a working day has come, two hours ago at most. Pure."""
    local = now.astimezone(desk.zone)
    slot = dt.datetime.combine(local.date(), at, desk.zone)
    return local.weekday() < _SATURDAY and dt.timedelta(0) <= now - slot < _CATCH_UP


def make(desk: Desk) -> bool:
    """Make today's digest, unless it is made already, and tell whether this call made it."""
    now, today = desk.clock(), desk.today()
    with reading(desk.engine) as db:
        if db.execute(_STORED, {"digest": NAME, "date": today}).first():
            return False
        figures = gather(db, now=now, zone=desk.zone)
        site = places.first_site(db)
    subject = f"digest:{today.isoformat()}"
    with writing(desk.engine) as db:
        stored = json.dumps(to_values(figures), ensure_ascii=False)
        claimed = {"digest": NAME, "date": today, "now": to_micros(now), "figures": stored}
        if db.execute(_CLAIM, claimed).first() is None:
            return False
        for language in LANGUAGES if not figures.is_quiet else ():
            report = _report(figures, language, site=site, today=today)
            pictures.want(db, subject, language, drawings.digest_values(report), now=now)
        journal.write(db, "digest.made", now=now, subject=subject)
    return True


def _finding(figures: DayFigures, language: Language) -> str:
    if not figures.low_count:
        return say(language, "digest.all_in_order")
    return say(language, "digest.finding", n=figures.low_count)


def _money(amount: int, language: Language) -> str:
    value = as_decimal(amount, MONEY_PLACES)
    if language == "zh":
        return f"{value / 10_000:,.1f}万" if abs(value) >= 10_000 else f"{value:,.0f}"
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:,.2f}m"
    return f"{value / 1_000:,.0f}k" if abs(value) >= 10_000 else f"{value:,.0f}"


def _change(values: tuple[int, ...], language: Language) -> str:
    days = min(len(values) - 1, DAYS)
    if not values[0] or values[0] == values[-1]:
        return say(language, "digest.change_none", days=max(days, 1))
    share = (Decimal(values[-1]) - values[0]) / values[0] * 100
    key = "digest.change_up" if share > 0 else "digest.change_down"
    return say(language, key, change=f"{abs(share):.1f}%", days=days)


def _figures(figures: DayFigures, language: Language) -> tuple[Figure, Figure, Figure, Figure]:
    values = tuple(float(as_decimal(each, MONEY_PLACES)) for each in figures.values)
    worst = max((days for _, days in figures.late), default=0)
    oldest = say(language, "digest.oldest", days=figures.oldest_task_days)
    waiting = oldest if figures.tasks else say(language, "digest.no_waiting")
    return (
        Figure(say(language, "digest.value"), _money(figures.values[-1], language), _change(figures.values, language),
               values),
        Figure(say(language, "digest.waiting"), str(figures.tasks), waiting, ()),
        Figure(say(language, "digest.late"), str(figures.late_count),
               say(language, "digest.worst", days=worst) if figures.late else say(language, "digest.none_late"), (),
               "bad" if figures.late else "plain"),
        Figure(say(language, "digest.low"), str(figures.low_count),
               say(language, "digest.of_items", n=figures.items), (), "bad" if figures.low else "plain"),
    )  # fmt: skip


def _suggested(low: Low) -> str:
    return f"{write_quantity(low.suggested, low.precision)} {low.unit}"


def _footer(figures: DayFigures, language: Language) -> str:
    if not figures.late:
        return say(language, "digest.footer_none")
    names = ", ".join(name for name, _ in figures.late)
    return say(language, "digest.footer_late", names=names)


def _report(figures: DayFigures, language: Language, *, site: str, today: dt.date) -> Digest:
    return Digest(
        site=site,
        today=today,
        finding=_finding(figures, language),
        figures=_figures(figures, language),
        rows=tuple(
            DigestRow(
                each.name,
                None if each.cover_days is None else Decimal(str(each.cover_days)),
                each.lead_time_days,
                _suggested(each),
                each.code,
            )
            for each in figures.low
        ),
        more=figures.low_count - len(figures.low),
        footer=_footer(figures, language),
    )


def card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the card of a day's digest: the finding, four figures, and what to order."""
    date = dt.date.fromisoformat(name)
    with reading(desk.engine) as db:
        stored = db.execute(_STORED, {"digest": NAME, "date": date}).scalar()
    if stored is None:
        return None
    figures = from_values(json.loads(stored) if isinstance(stored, str) else stored)
    language = reader.language
    title = say(language, "digest.title", day=phrases.day(language, date), finding=_finding(figures, language))
    if figures.is_quiet:  # one line: silence would look like a bot that is broken
        return Card(f"digest:{name}", title, "", language)
    rows = [Row(each.name, each.code, (Fact("", _suggested(each)),)) for each in figures.low]
    if (more := figures.low_count - len(figures.low)) > 0:
        rows.append(Row(say(language, "card.more_lines", n=more)))
    return Card(
        subject=f"digest:{name}",
        title=title,
        summary=say(language, "digest.summary"),
        language=language,
        facts=tuple(Fact(each.label, f"{each.value} ({each.change})") for each in _figures(figures, language)),
        rows=tuple(rows),
        story=(
            say(language, "digest.received_today", n=figures.receipts_yesterday),
            _footer(figures, language),
        ),
    )


def catch_up(desk: Desk, at: dt.time) -> bool:
    """Make the digest if its time has come; called again and again by the relay."""
    return is_due(desk.clock(), desk, at) and make(desk)
