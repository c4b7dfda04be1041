"""Where a lineage's nodes stand: in columns from left to right, in each so that links cross little. Pure geometry.

A link over more than one column passes each between the nodes on a way of its own; links to one node share theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from charts.layout import Box, Point
from charts.reports import LineageNode, LineageReport
from charts.style import MARGIN, WIDTH

NODE_HEIGHT: Final = 104
_WAY_HEIGHT: Final = 6
_ROW_GAP: Final = 15
_LANE_GAPS: Final = {2: 150, 3: 84, 4: 46, 5: 36}
_EDGE_OF_FIVE: Final = 36
_SWEEPS: Final = 6
_CURVE_POINTS: Final = 25


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a column: of a node, or (None) of a way past it."""

    key: str
    column: int
    node: LineageNode | None = None

    @property
    def height(self) -> float:
        return NODE_HEIGHT if self.node else _WAY_HEIGHT


@dataclass(frozen=True, slots=True)
class Placed:
    """A slot and its box."""

    slot: Slot
    box: Box


@dataclass(frozen=True, slots=True)
class Plan:
    """The slots of each column from above, and the links from slot to slot."""

    columns: Sequence[Sequence[Slot]]
    links: Sequence[tuple[str, str]]

    @property
    def height(self) -> float:
        """The room that the fullest column needs."""
        return max(map(_height, self.columns))


def plan(report: LineageReport) -> Plan:
    """Return which slot stands where in its column."""
    columns: list[list[Slot]] = [[] for _ in report.columns]
    for node in report.nodes:
        columns[node.column].append(Slot(node.key, node.column, node))
    column_of = {node.key: node.column for node in report.nodes}
    links: dict[tuple[str, str], None] = {}
    for start, end in report.links:
        stops = [start]
        for column in range(column_of[start] + 1, column_of[end]):
            way = Slot(f"{end}@{column}", column)
            if way not in columns[column]:
                columns[column].append(way)
            stops.append(way.key)
        links |= dict.fromkeys(pairwise([*stops, end]))
    return Plan(_ordered(columns, list(links)), list(links))


def arrange(found: Plan, *, top: float) -> Mapping[str, Placed]:
    """Return the box of each slot, its column centred on the fullest one."""
    count = len(found.columns)
    edge, gap = _EDGE_OF_FIVE if count > 4 else MARGIN, _LANE_GAPS[count]
    width = (WIDTH - 2 * edge - gap * (count - 1)) / count
    placed: dict[str, Placed] = {}
    for number, column in enumerate(found.columns):
        left = edge + number * (width + gap)
        above = top + (found.height - _height(column)) / 2
        for slot in column:
            placed[slot.key] = Placed(slot, Box(left, above, left + width, above + slot.height))
            above += slot.height + _ROW_GAP
    return placed


def curve(source: Box, target: Box) -> Sequence[Point]:
    """Return a link from a box's right edge to another's left one: level at both ends (a cubic Bézier curve)."""
    start, end = (source.right, _middle(source)), (target.left, _middle(target))
    bend = (end[0] - start[0]) / 2
    xs, ys = (start[0], start[0] + bend, end[0] - bend, end[0]), (start[1], start[1], end[1], end[1])
    points = []
    for step in range(_CURVE_POINTS):
        t = step / (_CURVE_POINTS - 1)
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        points.append((sum(w * x for w, x in zip(weights, xs, strict=True)),
                       sum(w * y for w, y in zip(weights, ys, strict=True))))  # fmt: skip
    return points


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2


def _height(column: Sequence[Slot]) -> float:
    return sum(each.height + _ROW_GAP for each in column) - _ROW_GAP


def _ordered(columns: list[list[Slot]], links: Sequence[tuple[str, str]]) -> list[list[Slot]]:
    """Order each column by the mean place of its neighbours, to and fro; what sums up the rest stands last.

    Source: the barycentre method, Sugiyama, Tagawa and Toda, IEEE TSMC 11(2), 1981. The best order seen is kept.
    """
    near: dict[str, list[str]] = {}
    for start, end in links:
        near.setdefault(start, []).append(end)
        near.setdefault(end, []).append(start)
    best, fewest = columns, _crossings(columns, links)
    for _ in range(_SWEEPS):
        for way in (range(len(columns)), reversed(range(len(columns)))):
            for number in way:
                columns = [*columns[:number], _by_neighbours(columns, number, near), *columns[number + 1 :]]
            if (crossed := _crossings(columns, links)) < fewest:
                best, fewest = columns, crossed
    return best


def _by_neighbours(columns: Sequence[Sequence[Slot]], number: int, near: Mapping[str, Sequence[str]]) -> list[Slot]:
    place = _places(columns)

    def mean(slot: Slot) -> float:
        others = [place[each] for each in near.get(slot.key, ())]
        return sum(others) / len(others) if others else place[slot.key]

    return sorted(columns[number], key=lambda slot: (_is_rest(slot), mean(slot)))


def _is_rest(slot: Slot) -> bool:
    return slot.node is not None and slot.node.kind == "rest"


def _places(columns: Sequence[Sequence[Slot]]) -> dict[str, float]:
    """Return how far from the middle of its column each slot stands."""
    return {slot.key: row - (len(column) - 1) / 2 for column in columns for row, slot in enumerate(column)}


def _crossings(columns: Sequence[Sequence[Slot]], links: Sequence[tuple[str, str]]) -> int:
    place = _places(columns)
    column_of = {slot.key: slot.column for column in columns for slot in column}
    spans: dict[int, list[tuple[float, float]]] = {}
    for start, end in links:
        spans.setdefault(column_of[start], []).append((place[start], place[end]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for beside in spans.values() for at, a in enumerate(beside)
        for b in beside[at + 1 :]
    )  # fmt: skip
