"""Where the labels of the stock picture go, planned before anything is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from charts.layout import Box, Taken, place
from charts.stock_scale import Scale, Shape, Window
from charts.stock_words import StockWords
from charts.style import ACCENT, GREY, INK, LABEL, MARGIN, RIGHT, SLATE, TITLE
from charts.text import width

LINE = 38
NUMBER = 40
HIGH_STRIDE = 8  # a smooth curve needs few points to be kept clear of
ATTEMPTS = ((1.1, False), (1.25, False), (1.1, True), (1.25, True), (1.45, True), (1.7, True))
"""How much room over the highest value, and whether to leave a gutter for labels before the past begins."""
ATTEMPT_COST = 2
BOLD_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text in its box."""

    box: Box
    text: str
    size: float
    colour: str
    bold: bool = False


@dataclass(slots=True)
class Plan:
    """A scale with every label placed on it. ``conflicts`` weighs what they could not stay clear of."""

    scale: Scale
    taken: Taken
    labels: list[Label] = field(default_factory=list)
    callout: Box | None = None
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Planner:
    """Places the labels of one report, each clear of the lines and of those before it."""

    words: StockWords
    window: Window
    shape: Shape

    @property
    def colour(self) -> str:
        return ACCENT if self.words.needs_somebody else SLATE

    def plan(self, *, top: float, bottom: float) -> Plan:
        """Try ever more room, and keep the first scale on which nothing collides, or else the best."""
        plans = []
        last_day = self.window.horizon + self.window.blank_days
        gutter = 24 + max((self._measure(text, LABEL) for _, text in self.shape.levels), default=0)
        gutter_days = (self.window.past_days + last_day) * gutter / (RIGHT - MARGIN - gutter)
        for i, (headroom, has_gutter) in enumerate(ATTEMPTS):
            scale = Scale(
                first_day=-self.window.past_days - has_gutter * gutter_days,
                last_day=last_day,
                ceiling=self.shape.highest * headroom or 1.0,
                top=top,
                bottom=bottom,
            )
            plan = self._plan_on(scale)
            if not plan.conflicts:
                return plan
            plans.append((plan.conflicts + ATTEMPT_COST * i, i, plan))
        return min(plans)[2]

    def _plan_on(self, scale: Scale) -> Plan:
        plan = Plan(scale, self._taken(scale))
        self._place_now(plan)
        self._place_arrival(plan)
        self._place_callout(plan)
        self._place_levels(plan)
        return plan

    def _taken(self, scale: Scale) -> Taken:
        taken = Taken()
        for course in (self.shape.past, *self.shape.middle):
            taken.add_line(scale.at(course))
        for value, _ in self.shape.levels:
            taken.add_line([(MARGIN, scale.y(value)), (RIGHT, scale.y(value))])
        taken.add_line([(MARGIN, scale.bottom), (RIGHT, scale.bottom)])
        taken.add_line([(scale.x(0), scale.top - 8), (scale.x(0), scale.bottom)])
        taken.boxes.append(Box(scale.x(0) - 60, scale.top - 52, scale.x(0) + 60, scale.top - 10))
        return taken

    def _measure(self, text: str, size: float, *, bold: bool = False) -> float:
        return width(text, self.words.fonts.at(size, bold=bold))

    def _add(self, plan: Plan, label: Label, conflicts: int) -> None:
        plan.labels.append(label)
        plan.taken.boxes.append(label.box)
        plan.conflicts += BOLD_WEIGHT * conflicts if label.bold else conflicts

    def _place_now(self, plan: Plan) -> None:
        words, scale = self.words, plan.scale
        x, y = scale.x(0), scale.y(float(words.on_hand))
        text = words.quantity(words.on_hand)
        wide = self._measure(text, NUMBER, bold=True)
        spots = [(x + 22, y - 32), (x + 22, y + 32), (x + 26, y), (x - 22 - wide, y + 32), (x - 22 - wide, y - 32)]
        boxes = [Box(left, mid - 20, left + wide, mid + 20) for left, mid in spots if mid < scale.bottom - 20]
        box, conflicts = place(boxes, plan.taken, gap=4)
        self._add(plan, Label(box, text, NUMBER, ACCENT if words.is_alarm else INK, bold=True), conflicts)
        plan.taken.boxes.append(Box(x - 13, y - 13, x + 13, y + 13))

    def _callout(self) -> list[tuple[str, float]]:
        """The lines beside the end of the projection, with their sizes."""
        words, out = self.words, self.words.out
        if out is None or words.is_out:
            return []
        if not self.window.is_in_window:
            return [(words.span, TITLE), (words.say("span_caption"), LABEL)]
        day = words.day(out.likely_days)
        if out.early_days == out.late_days:
            return [(day, TITLE), (words.say("out"), LABEL)]
        span = words.say("range", early=words.day(out.early_days), late=words.day(out.late_days))
        return [(day, TITLE), (words.say("out_range"), LABEL), (span, LABEL)]

    def _place_callout(self, plan: Plan) -> None:
        """Set the callout over the end of stock, as low as it stays clear."""
        lines, scale, out = self._callout(), plan.scale, self.words.out
        if not lines or out is None:
            return
        wide = max(self._measure(text, size, bold=size == TITLE) for text, size in lines)
        high = 62.0 + LINE * (len(lines) - 1)
        end = scale.x(out.middle) if self.window.is_in_window else RIGHT
        least = min(scale.x(0) + 20, end - 20)
        lefts = [max(min(left, RIGHT - wide), least) for left in (end - wide / 2, end - wide + 20, end - 20)]
        lowest = min(scale.y(float(self.words.on_hand)) - 30, scale.bottom - high - 90)
        count = int(max(0, lowest - scale.top) / 12) + 1
        taken = Taken(plan.taken.boxes, [*plan.taken.lines])
        taken.add_line(scale.at(self.shape.high[::HIGH_STRIDE]))
        tops = [scale.top - 4 + 12 * n for n in reversed(range(count))]
        boxes = [Box(left, top, left + wide, top + high) for left in lefts for top in tops]
        box, conflicts = place(boxes, taken, gap=12)
        plan.conflicts += BOLD_WEIGHT * conflicts
        plan.callout = box
        plan.taken.boxes.append(box)
        if self.window.is_in_window:
            plan.taken.add_line([(end, box.bottom), (end, scale.bottom)])
        y = box.top
        for text, size in lines:
            step = 60 if size == TITLE else LINE
            row = Box(box.left, y, box.right, y + step)
            plan.labels.append(Label(row, text, size, self.colour, bold=size == TITLE))
            y += step

    def arrival_point(self) -> tuple[float, float] | None:
        """The day of the next open order and the stock it brings, if it is drawn."""
        coming = self.words.coming
        if coming is None or coming.is_late or not 0 <= coming.days < self.window.horizon:
            return None
        reached = [point for course in self.shape.middle for point in course if point[0] == coming.days]
        return max(reached, key=lambda point: point[1], default=None)

    def _place_arrival(self, plan: Plan) -> None:
        point = self.arrival_point()
        if point is None:
            return
        ((x, y),) = plan.scale.at([point])
        plan.taken.boxes.append(Box(x - 12, y - 12, x + 12, y + 12))
        text = f"+{self.words.order['quantity']}"
        wide = self._measure(text, LABEL, bold=True)
        lefts = [left for left in (x + 18, x - wide / 2, x - wide - 18) if MARGIN < left <= RIGHT - wide]
        mids = [y + shift for shift in (-22, -34, 0, 34, 72, 110)]
        boxes = [Box(left, mid - 19, left + wide, mid + 19) for mid in mids for left in lefts]
        box, conflicts = place(boxes, plan.taken, gap=5)
        self._add(plan, Label(box, text, LABEL, INK, bold=True), conflicts)

    def _place_levels(self, plan: Plan) -> None:
        highest = plan.scale.y(self.shape.levels[-1][0]) if self.shape.levels else 0
        for value, text in self.shape.levels:
            is_under = 0 < plan.scale.y(value) - highest < LINE + 20
            spots = self._level_spots(plan.scale, value, self._measure(text, LABEL), is_under=is_under)
            box, conflicts = place(spots, plan.taken, gap=9)
            self._add(plan, Label(box, text, LABEL, GREY), conflicts)

    def _level_spots(self, scale: Scale, value: float, wide: float, *, is_under: bool) -> Iterator[Box]:
        """Above the rule or under it, from the left; then higher up. ``is_under``: another rule is just above."""
        y = scale.y(value)
        lefts = [MARGIN + 24.0 * step for step in range(int((RIGHT - wide - MARGIN) / 24) + 1)]
        above, below = y - 10 - LINE, y + 10
        beside = (below, above) if is_under else (above, below)
        for tops in (beside, (above - LINE - 8, above - 2 * LINE - 16)) if is_under else (beside,):
            for left in [*lefts, RIGHT - wide]:
                for top in tops:
                    if top + LINE < scale.bottom - 2:
                        yield Box(left, top, left + wide, top + LINE)
