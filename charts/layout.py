"""Where labels go: pure geometry in pixels, y downwards, so that no label collides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

LABEL_WEIGHT = 20


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its left and top edge, its right and bottom edge."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, gap: float) -> "Box":
        return Box(self.left - gap, self.top - gap, self.right + gap, self.bottom + gap)

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_crossed(self, start: Point, end: Point) -> bool:
        """Tell whether the segment has a point inside. Source: Liang and Barsky, ACM TOG 3(1), 1984."""
        (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
        enter, leave = 0.0, 1.0
        for step, room in ((-dx, x - self.left), (dx, self.right - x), (-dy, y - self.top), (dy, self.bottom - y)):
            if step == 0:
                if room <= 0:
                    return False
            elif step < 0:
                enter = max(enter, room / step)
            else:
                leave = min(leave, room / step)
        return enter < leave


@dataclass(slots=True)
class Taken:
    """What a label must stay clear of: the lines drawn and the labels placed so far."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[tuple[Point, Point]] = field(default_factory=list)

    def add_line(self, points: Sequence[Point]) -> None:
        self.lines.extend(pairwise(points))

    def hits(self, box: Box) -> int:
        """Weigh what ``box`` would lie on: a line shines through a halo, another label does not."""
        lines = sum(
            box.is_crossed(start, end)
            for start, end in self.lines
            if min(start[1], end[1]) < box.bottom and max(start[1], end[1]) > box.top
        )
        return lines + LABEL_WEIGHT * sum(box.meets(other) for other in self.boxes)


def place(candidates: Iterable[Box], taken: Taken, *, gap: float) -> tuple[Box, int]:
    """Return the first candidate that is ``gap`` pixels clear of everything and 0, or else the least bad and how bad.

    Earlier candidates are the better places. Raises ValueError when there is none.
    """
    best, fewest = None, 0
    for box in candidates:
        hits = taken.hits(box.grown(gap))
        if not hits:
            return box, 0
        hits += 3 * taken.hits(box)
        if best is None or hits < fewest:
            best, fewest = box, hits
    if best is None:
        raise ValueError("no candidate to place")
    return best, fewest


def declutter(centres: Sequence[float], sizes: Sequence[float], *, low: float, high: float) -> list[float]:
    """Move labels along one axis, the least needed, so that none overlap; their order is kept.

    ``sizes`` are lengths along the axis, gaps included. Neighbours that would overlap are set side by side around their
    mean place; all stay between ``low`` and ``high`` as long as they fit.
    """
    order = sorted(range(len(centres)), key=lambda i: centres[i])
    groups: list[tuple[list[int], float]] = []
    for i in order:
        groups.append(([i], _within(centres[i], sizes[i], low, high)))
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], sizes):
            (first, _), (second, _) = groups[-2:]
            members = first + second
            mean = sum(centres[k] for k in members) / len(members)
            groups[-2:] = [(members, _within(mean, sum(sizes[k] for k in members), low, high))]
    placed = [0.0] * len(centres)
    for members, centre in groups:
        edge = centre - sum(sizes[k] for k in members) / 2
        for k in members:
            placed[k] = edge + sizes[k] / 2
            edge += sizes[k]
    return placed


def _within(centre: float, size: float, low: float, high: float) -> float:
    return max(min(centre, high - size / 2), low + size / 2)


def _overlap(first: tuple[list[int], float], second: tuple[list[int], float], sizes: Sequence[float]) -> bool:
    reach = (sum(sizes[k] for k in first[0]) + sum(sizes[k] for k in second[0])) / 2
    return second[1] - first[1] < reach
