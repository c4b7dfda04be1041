"""The lines of a paper as CSV: those of its PDF, with plain numbers, for a spreadsheet or a partner's system."""

import datetime as dt
from decimal import Decimal

from charts.papers.paper import Cell, Paper, PaperLanguage
from charts.papers.words import say
from inventory_core import spreadsheet
from inventory_core.spreadsheet import harmless


def as_csv(paper: Paper, language: PaperLanguage) -> bytes:
    """Return the paper's lines under their headings, each with the paper's number and, where it has one, currency."""
    kept = [at for at, column in enumerate(paper.columns) if column.kind not in ("blank", "tick")]
    last = ("currency",) if paper.currency else ()
    names = ("number", *(paper.columns[at].name for at in kept), *last)
    headings = [harmless(say(language, f"paper.{name}")) for name in names]
    own = [harmless(paper.currency)] if paper.currency else []
    rows = [[harmless(paper.number), *(_plain(row[at]) for at in kept), *own] for row in paper.rows]
    return spreadsheet.written([headings, *rows])


def _plain(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case int():
            return cell
        case dt.date():
            return cell.isoformat()
        case Decimal():
            return f"{cell:f}"
        case _:
            return harmless(cell)
