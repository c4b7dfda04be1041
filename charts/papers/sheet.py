"""An A4 paper: a letterhead, who it is for, the table over as many pages as it takes, the total, room to sign."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from charts.papers.paper import SIGNATURES, Cell, Column, Paper, PaperLanguage, PaperName
from charts.papers.pen import ACCENT, GREY, INK, PT, Pen
from charts.papers.words import languages, money, say, written

WIDTH: Final = 210.0
HEIGHT: Final = 297.0
_LEFT: Final = 18.0
_RIGHT: Final = WIDTH - 18.0
_ACROSS: Final = _RIGHT - _LEFT
_TOP_AGAIN: Final = 30.0
_BOTTOM: Final = HEIGHT - 22.0
_FOOT: Final = HEIGHT - 12.0
_GAP: Final = 2.5
_PAD: Final = 1.7
_TITLE: Final = 22.0
_PARTY, _BODY, _LABEL = 12.0, 9.0, 7.5
_STEP: Final = 4.4
_NAME_LINES: Final = 3
_PARTY_ACROSS: Final = 2
_FACTS_ACROSS: Final = 4
_SIGN_HEIGHT: Final = 30.0
_TICK: Final = 3.6
_BY_HAND: Final = 10.0
"""What a line takes that is written with a pen."""
_ROOM: Final[Mapping[PaperName, int]] = {"delivery_note": 2}
"""Empty lines under the notes of a paper."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table, broken into lines: the lines of each cell, and how high that is."""

    cells: tuple[list[str], ...]
    height: float


def draw(paper: Paper, language: PaperLanguage) -> bytes:
    """Return the PDF of a paper."""
    return _Sheet(paper, language).drawn()


class _Sheet:
    def __init__(self, paper: Paper, language: PaperLanguage) -> None:
        self._paper = paper
        self._language: PaperLanguage = language
        self._title = say(language, f"paper.{paper.name}")
        said = languages(language)
        title = f"{self._title} {paper.number}"
        self._pen = Pen(WIDTH, HEIGHT, title=title, language=said[0], dated=paper.dated)
        self._columns = tuple(_placed(paper.columns))
        self._head = max(len(self._heading(column, wide)) for column, _, wide in self._columns)

    def drawn(self) -> bytes:
        rows = [self._row(cells) for cells in self._paper.rows]
        self._pen.turn_page()
        top = self._letterhead()
        pages = list(self._pages(rows, top))
        for number, (page, start) in enumerate(pages, 1):
            if number > 1:
                self._pen.turn_page()
                self._short_head()
            end = self._table(page, start) if page or number == 1 else start
            if number == len(pages):
                self._end(end)
            self._foot(number, len(pages))
        return self._pen.content()

    # The head

    def _letterhead(self) -> float:
        """Write the head of the first page, and return where it ends."""
        pen, paper = self._pen, self._paper
        pen.text(_LEFT, 21, paper.site, size=10, bold=True)
        number = pen.fitting(paper.number, _ACROSS * 0.45, size=_TITLE, least=10)
        room = _ACROSS - pen.width(paper.number, size=number) - 6
        title = pen.fitting(self._title, room, size=_TITLE, least=12, bold=True)
        pen.text(_LEFT, 34, self._title, size=title, bold=True)
        pen.text(_RIGHT, 34, paper.number, size=number, align="right")
        y = 39.0
        if mark := self._mark():
            pen.text(_RIGHT, 40.5, mark, size=10, bold=True, colour=ACCENT, align="right")
            y = 43.0
        pen.rule(y, _LEFT, _RIGHT, weight=0.5, colour=INK)
        y = self._named([(name, value) for name, value in paper.parties if value], y, across=_PARTY_ACROSS)
        told = [(name, self._cell(value)) for name, value in paper.facts if value not in (None, "")]
        return self._named(told, y, across=_FACTS_ACROSS)

    def _mark(self) -> str:
        """Return what must not be overlooked: that the paper no longer holds, or that it takes another one's place."""
        if self._paper.is_void:
            return self._say("paper.void")
        change = self._paper.change
        return self._say("paper.change", number=str(change)) if change > 1 else ""

    def _named(self, values: Sequence[tuple[str, str]], y: float, *, across: int) -> float:
        """Write named values side by side, and return where they end."""
        wide = _ACROSS / across
        size, bold = (_PARTY, True) if across == _PARTY_ACROSS else (10.0, False)
        step = size * PT * 1.3
        for start in range(0, len(values), across):
            most = 1
            for place, (name, value) in enumerate(values[start : start + across]):
                x = _LEFT + place * wide
                label = self._pen.lines(self._say(f"paper.{name}"), wide - _GAP, size=_LABEL, most=1)
                self._pen.text(x, y + 6, label[0], size=_LABEL, colour=GREY)
                lines = self._pen.lines(value, wide - _GAP, size=size, bold=bold, most=3)
                for at, line in enumerate(lines):
                    self._pen.text(x, y + 6 + (at + 1) * step, line, size=size, bold=bold)
                most = max(most, len(lines))
            y += 6 + most * step + 1.5
        return y

    def _short_head(self) -> None:
        """Write the head of a page after the first."""
        head = f"{self._title} {self._paper.number}"
        self._pen.text(_LEFT, 21, head, size=10, bold=True)
        self._pen.text(_LEFT + self._pen.width(head, size=10, bold=True) + 4, 21, self._mark(), size=10, bold=True,
                       colour=ACCENT)  # fmt: skip
        self._pen.text(_RIGHT, 21, self._paper.site, size=10, colour=GREY, align="right")

    # The table

    def _pages(self, rows: Sequence[_Row], top: float) -> Iterator[tuple[Sequence[_Row], float]]:
        """Yield the rows of each page and where its table begins; the end of the paper finds room on the last one."""
        page: list[_Row] = []
        start = top + 5
        y = start + self._head_height
        for row in rows:
            if y + row.height > _BOTTOM:
                yield page, start
                page, start = [], _TOP_AGAIN
                y = start + self._head_height
            page.append(row)
            y += row.height
        if y + self._end_height <= _BOTTOM:
            yield page, start
            return
        # The total never stands alone: the last row goes with it.
        kept = page[:-1] if len(page) > 1 else page
        yield kept, start
        yield page[len(kept) :], _TOP_AGAIN

    @property
    def _head_height(self) -> float:
        return self._head * 3.6 + 3

    def _table(self, rows: Sequence[_Row], y: float) -> float:
        """Write the headings and the rows from ``y`` on, and return where they end."""
        pen = self._pen
        for column, x, wide in self._columns:
            heading = self._heading(column, wide)
            for at, line in enumerate(heading):
                lower = y + 2.6 + (self._head - len(heading) + at) * 3.6
                self._in_cell(column, x, wide, lower, line, size=_LABEL, colour=GREY)
        y += self._head_height
        pen.rule(y - 1, _LEFT, _RIGHT, weight=0.35, colour=INK)
        for row in rows:
            for (column, x, wide), lines in zip(self._columns, row.cells, strict=True):
                for at, line in enumerate(lines):
                    self._in_cell(column, x, wide, y + _PAD + 2.6 + at * _STEP, line, size=_BODY)
                if column.kind == "tick":
                    pen.frame(x + (wide - _TICK) / 2, y + _PAD - 0.5, _TICK, _TICK)
            y += row.height
            pen.rule(y - 1, _LEFT, _RIGHT)
        return y

    def _in_cell(
        self, column: Column, x: float, wide: float, y: float, line: str, *, size: float, colour: str = INK
    ) -> None:
        bold = column.name == self._strong and size == _BODY
        if column.kind in ("quantity", "money"):
            self._pen.text(x + wide, y, line, size=size, bold=bold, colour=colour, align="right")
        elif column.kind == "tick":
            self._pen.text(x + wide / 2, y, line, size=size, bold=bold, colour=colour, align="center")
        else:
            self._pen.text(x, y, line, size=size, bold=bold, colour=colour)

    @property
    def _strong(self) -> str:
        """The column by which a row is found: where to go for a picker, what it is for everybody else."""
        return "bin" if self._paper.name == "pick_list" else "item"

    def _row(self, cells: Sequence[Cell]) -> _Row:
        """Break a row's cells into lines."""
        assert len(cells) == len(self._columns), "a cell a column"
        broken = []
        for (column, _, wide), cell in zip(self._columns, cells, strict=True):
            words = written(cell, column, self._language)
            bold = column.name == self._strong
            broken.append(self._pen.lines(words, wide, size=_BODY, bold=bold, most=_NAME_LINES))
        height = max(map(len, broken)) * _STEP + 2 * _PAD
        by_hand = any(column.kind == "blank" for column, _, _ in self._columns)
        return _Row(tuple(broken), max(height, _BY_HAND) if by_hand else height)

    def _heading(self, column: Column, wide: float) -> list[str]:
        """Return a heading in lines, each language on its own."""
        said = dict.fromkeys(say(each, f"paper.{column.name}") for each in languages(self._language))
        return [line for words in said for line in self._pen.lines(words, wide, size=_LABEL, most=2)]

    # The end

    @property
    def _end_height(self) -> float:
        height = 14.0 if self._paper.total is not None else 0.0
        height += sum(len(self._note(key, blanks)) for key, blanks in self._paper.notes) * _STEP + 4
        height += _ROOM.get(self._paper.name, 0) * _BY_HAND
        return height + (_SIGN_HEIGHT if SIGNATURES[self._paper.name] else 0)

    def _end(self, y: float) -> None:
        """Write what follows the last row: the total, the notes, the lines to sign on."""
        pen, paper = self._pen, self._paper
        if paper.total is not None:
            said = f"{money(paper.total)} {paper.currency}"
            pen.text(_RIGHT, y + 7, said, size=13, bold=True, align="right")
            left = _RIGHT - pen.width(said, size=13, bold=True) - 5
            pen.text(left, y + 7, self._say("paper.total"), size=_BODY, colour=GREY, align="right")
            y += 14
        y += 4
        for key, blanks in paper.notes:
            for line in self._note(key, blanks):
                pen.text(_LEFT, y + 2, line, size=_BODY)
                y += _STEP
        for _ in range(_ROOM.get(paper.name, 0)):
            y += _BY_HAND
            pen.rule(y, _LEFT, _RIGHT)
        signed = SIGNATURES[paper.name]
        wide = _ACROSS / 3
        for place, name in enumerate(signed):
            x = _LEFT + place * wide
            pen.rule(y + 18, x, x + wide - 6, weight=0.25, colour=GREY)
            pen.text(x, y + 22, self._say(f"paper.{name}"), size=_LABEL, colour=GREY)

    def _note(self, key: str, blanks: Mapping[str, str]) -> list[str]:
        said = dict.fromkeys(say(each, f"paper.{key}", **blanks) for each in languages(self._language))
        return [line for words in said for line in self._pen.lines(words, _ACROSS, size=_BODY)]

    def _foot(self, number: int, of: int) -> None:
        pen = self._pen
        pen.rule(_FOOT - 5, _LEFT, _RIGHT)
        pen.text(_LEFT, _FOOT, f"{self._paper.site} · {self._paper.number}", size=_LABEL, colour=GREY)
        pen.text(_RIGHT, _FOOT, f"{number} / {of}", size=_LABEL, colour=GREY, align="right")

    def _say(self, key: str, **blanks: str) -> str:
        return say(self._language, key, **blanks)

    def _cell(self, value: Cell) -> str:
        return written(value, Column(""), self._language)


def _placed(columns: Sequence[Column]) -> Iterator[tuple[Column, float, float]]:
    """Yield each column with where it begins and how wide its words may be."""
    spare = _ACROSS - sum(column.width for column in columns)
    x = _LEFT
    for column in columns:
        wide = column.width or spare
        is_last = column is columns[-1]
        yield column, x, wide - (0 if is_last else _GAP)
        x += wide
