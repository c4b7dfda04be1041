"""Gathers the lineage picture's nodes and links: few enough for a phone, the others summed up."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from sqlalchemy import Connection

from charts.reports import LineageNode, LineageReport
from inventory_core.tracing import lineage, papers
from inventory_core.tracing.lineage import Lineage, LotNode
from inventory_core.tracing.names import Found

_LOT_COLUMNS: Final = 3
_COLUMN_NODES: Final = {1: 6, 2: 6, 3: 6, 4: 5, 5: 5}
_DEEPEST: Final = 20

_Column = Literal["supplier", "source", "subject", "product", "end"]
_End = Literal["customer", "stock", "scrap", "production"]


def gather(db: Connection, found: Found, *, today: dt.date, site: str) -> LineageReport | None:
    """Return the picture of a lot or of what a paper moved; None for anything else, and for a lot that stands alone."""
    lots: list[int] = []
    if found.kind == "lot":
        lots = [found.id]
    elif found.kind == "paper":
        lots = papers.lots_of(db, found.id)
    if not lots:
        return None
    family = lineage.lineage(db, lineage.youngest(db, lots))
    if any(each not in family.lots for each in lots):  # some were made of each other in a ring
        family = lineage.lineage(db, lots)
    drawing = _Drawing(family, frozenset(lots))
    drawing.add_lots()
    drawing.add_suppliers()
    drawing.add_ends()
    if not any(each.kind in ("lot", "supplier", "customer") and not each.is_subject for each in drawing.nodes.values()):
        return None  # it is where it always was: words say that as well
    subjects = [family.lots[each] for each in lots]
    columns, nodes, links = drawing.summed_up()
    return LineageReport(
        subject=found.name,
        is_paper=found.kind == "paper",
        is_serial=found.kind == "lot" and subjects[0].is_serial,
        about=_about(subjects),
        site=site,
        today=today,
        columns=columns,
        nodes=nodes,
        links=links,
        suppliers=tuple(
            dict.fromkeys(each.supplier for each in family.lots.values() if each.level <= 0 and each.supplier)
        ),
        customers=tuple(dict.fromkeys(each.partner for each in family.customers)),
        sources=len(family.upstream),
        products=len(family.downstream),
        left_out=len(family.lots) - len(drawing.shown),
    )


def _about(subjects: Sequence[LotNode]) -> str:
    """Return the item's code and name; of several items the codes alone."""
    names = dict.fromkeys((each.item_code, each.item_name) for each in subjects)
    return " · ".join(next(iter(names))) if len(names) == 1 else ", ".join(code for code, _ in names)


@dataclass(slots=True)
class _Drawing:
    """Nodes by key, each in a column that is named by a sort key: suppliers before all lots, ends after them."""

    family: Lineage
    asked: frozenset[int]
    nodes: dict[str, LineageNode] = field(default_factory=dict)
    links: dict[tuple[str, str], None] = field(default_factory=dict)
    shown: dict[int, int] = field(default_factory=dict)

    def add_lots(self) -> None:
        """Give each lot its column, one a level; where there are too many, only the first and last lots keep theirs."""
        levels = _longest(self.family)
        self.shown = _folded(self.family, levels) if len(set(levels.values())) > _LOT_COLUMNS else levels
        for lot_id, level in self.shown.items():
            lot = self.family.lots[lot_id]
            self.nodes[f"lot.{lot_id}"] = LineageNode(
                f"lot.{lot_id}", level, "lot", lot.item_code, lot.number, lot.paper, is_subject=lot_id in self.asked
            )
        for parent, child in _joined(self.family, self.shown):
            self.links[f"lot.{parent}", f"lot.{child}"] = None

    def add_suppliers(self) -> None:
        column = min(self.shown.values()) - 1
        for lot_id in self.shown:
            lot = self.family.lots[lot_id]
            if lot.supplier_id is not None:
                key = f"supplier.{lot.supplier_id}"
                self.nodes[key] = LineageNode(key, column, "supplier", lot.supplier)
                self.links[key, f"lot.{lot_id}"] = None

    def add_ends(self) -> None:
        """Say where what was asked about, and what it became, is now: at customers, in the house, or gone."""
        column = max(self.shown.values()) + 1
        amounts: dict[str, list[tuple[LotNode, int]]] = {}
        for each in self.family.customers:
            if each.lot_id in self.shown:
                key = f"customer.{each.partner_id}"
                self.nodes[key] = LineageNode(key, column, "customer", each.partner)
                self._end(key, each.lot_id, each.quantity, amounts)
        ends: tuple[_End, ...] = ("stock", "production", "scrap")
        for kind in ends:
            for lot_id, level in self.shown.items():
                lot = self.family.lots[lot_id]
                amount = {"stock": lot.kept, "production": lot.used, "scrap": lot.scrapped}[kind]
                if amount and level >= 0:
                    self.nodes[kind] = LineageNode(kind, column, kind)
                    self._end(kind, lot_id, amount, amounts)
        for key, parts in amounts.items():
            first, second = _totals(parts)
            self.nodes[key] = replace(self.nodes[key], detail=first, note=second)

    def _end(self, key: str, lot_id: int, amount: int, amounts: dict[str, list[tuple[LotNode, int]]]) -> None:
        self.links[f"lot.{lot_id}", key] = None
        amounts.setdefault(key, []).append((self.family.lots[lot_id], amount))

    def summed_up(self) -> tuple[tuple[_Column, ...], tuple[LineageNode, ...], tuple[tuple[str, str], ...]]:
        """Return columns, nodes and links, with the nodes that a column has no room for as one."""
        places = sorted({each.column for each in self.nodes.values()})
        most = _COLUMN_NODES[len(places)]
        ties = Counter(key for link in self.links for key in link)
        stands_for: dict[str, str] = {}
        nodes: list[LineageNode] = []
        for number, place in enumerate(places):
            here = [each for each in self.nodes.values() if each.column == place]
            here.sort(key=lambda each: (not each.is_subject, each.kind == "lot" and -ties[each.key]))
            kept = here if len(here) <= most else [*_ends_of(here), *_others_of(here)][: most - 1]
            nodes += [replace(each, column=number) for each in here if each in kept]
            if rest := [each for each in here if each not in kept]:
                key = f"rest.{number}"
                nodes.append(LineageNode(key, number, "rest", rest[0].kind, count=len(rest)))
                stands_for |= dict.fromkeys((each.key for each in rest), key)
        links = dict.fromkeys((stands_for.get(a, a), stands_for.get(b, b)) for a, b in self.links)
        return tuple(self._column(place) for place in places), tuple(nodes), tuple(links)

    def _column(self, place: int) -> _Column:
        kinds = {each.kind for each in self.nodes.values() if each.column == place}
        if "lot" not in kinds:
            return "supplier" if "supplier" in kinds else "end"
        return "subject" if place == 0 else "source" if place < 0 else "product"


def _ends_of(here: Sequence[LineageNode]) -> list[LineageNode]:
    """Return the nodes that are never summed up: what was scrapped, used up, or is still in the house."""
    return [each for each in here if each.kind in ("stock", "scrap", "production")]


def _others_of(here: Sequence[LineageNode]) -> list[LineageNode]:
    return [each for each in here if each.kind not in ("stock", "scrap", "production")]


def _longest(family: Lineage) -> dict[int, int]:
    """Return each lot's level by its longest way, so that no link leads back or stays; a ring ends the walk."""
    levels = {each.id: each.level for each in family.lots.values()}
    for _ in range(_DEEPEST):
        before = dict(levels)
        for link in family.links:
            if family.lots[link.parent_id].level < 0:
                levels[link.parent_id] = max(min(levels[link.parent_id], levels[link.child_id] - 1), -_DEEPEST)
            elif family.lots[link.child_id].level > 0:
                levels[link.child_id] = min(max(levels[link.child_id], levels[link.parent_id] + 1), _DEEPEST)
        if levels == before:
            break
    return levels


def _folded(family: Lineage, levels: dict[int, int]) -> dict[int, int]:
    """Keep the lots at both ends and what was asked about: -1 for what nothing was made into, 1 for what came last."""
    has_source = {link.child_id for link in family.links}
    has_product = {link.parent_id for link in family.links}
    out = {each.lot_id for each in family.customers}
    kept: dict[int, int] = {}
    for lot_id, level in levels.items():
        lot = family.lots[lot_id]
        if level == 0:
            kept[lot_id] = 0
        elif level < 0 and (lot_id not in has_source or lot.supplier_id is not None):
            kept[lot_id] = -1
        elif level > 0 and (lot_id not in has_product or lot_id in out or lot.kept):
            kept[lot_id] = 1
    return kept


def _joined(family: Lineage, shown: dict[int, int]) -> Iterable[tuple[int, int]]:
    """Return the links between shown lots, those that lead over lots between them too."""
    following: dict[int, list[int]] = {}
    for link in family.links:
        following.setdefault(link.parent_id, []).append(link.child_id)
    for start, column in shown.items():
        edge, seen = list(following.get(start, ())), {start}
        while edge:
            here = edge.pop(0)
            if here in seen:
                continue
            seen.add(here)
            if here in shown and shown[here] > column:
                yield start, here
            else:
                edge += following.get(here, ())


def _totals(parts: Sequence[tuple[LotNode, int]]) -> tuple[str, str]:
    """Return up to two lines of how much there is of each item: pieces and kilograms make no sum."""
    amounts: dict[int, tuple[LotNode, int]] = {}
    for lot, amount in parts:
        amounts[lot.item_id] = lot, amounts.get(lot.item_id, (lot, 0))[1] + amount
    written = [lot.write(amount) for lot, amount in amounts.values()]
    if len(written) == 1:
        return written[0], ""
    named = [f"{words} {lot.item_code}" for words, (lot, _) in zip(written, amounts.values(), strict=True)]
    return named[0], named[1] if len(named) == 2 else f"+ {len(named) - 1}"
