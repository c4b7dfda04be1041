"""What a lineage's picture says: its finding, the words around it, and its alt text."""

from collections.abc import Sequence
from dataclasses import dataclass

from charts import locale
from charts.reports import Language, LineageNode, LineageReport
from charts.style import KICKER, TEXT_WIDTH, TITLE, Frame
from charts.text import can_draw, clip, legible, needs_lines
from charts.typeface import Fonts

_NAMED_IN_ALT = 12


@dataclass(frozen=True, slots=True)
class LineageWords:
    """The words of one report in one language."""

    report: LineageReport
    language: Language
    fonts: Fonts

    def say(self, key: str, **parts: str | int) -> str:
        return locale.say(self.language, f"lineage.{key}", **parts)

    def frame(self) -> Frame:
        site = self.report.site if can_draw(self.report.site, self.fonts) else ""
        day = locale.day(self.report.today, self.language, today=self.report.today)
        kicker = " · ".join(filter(None, (legible(self.report.subject, self.fonts), site, day)))
        kicker = clip(kicker, self.fonts.at(KICKER), TEXT_WIDTH)
        return Frame(kicker, self.title(), legible(self.report.about, self.fonts), tuple(self._footer()))

    def title(self) -> str:
        """Return the finding: from where, and to where; without the names where they are too long for two lines."""
        for is_named in (True, False):
            title = self._finding(is_named=is_named)
            if needs_lines(title, self.fonts.at(TITLE, bold=True), TEXT_WIDTH) <= 2:
                return title
        return title

    def _finding(self, *, is_named: bool) -> str:
        report = self.report
        kind = "paper" if report.is_paper else "serial" if report.is_serial else "lot"
        subject = self.say(kind, name=report.subject)
        first, second = self._from(is_named=is_named), self._to(is_named=is_named)
        if not first:
            return self.say("one", subject=subject, first=second)
        return self.say("both", subject=subject, first=first, second=second)

    def _from(self, *, is_named: bool) -> str:
        report = self.report
        if report.sources and not report.is_paper:
            return self.say("from_lots", count=report.sources)
        if len(report.suppliers) == 1 and is_named and can_draw(report.suppliers[0], self.fonts):
            return self.say("from_supplier", supplier=report.suppliers[0])
        return self.say("from_suppliers", count=len(report.suppliers)) if report.suppliers else ""

    def _to(self, *, is_named: bool) -> str:
        report = self.report
        if len(report.customers) == 1 and is_named and can_draw(report.customers[0], self.fonts):
            return self.say("to_customer", customer=report.customers[0])
        if report.customers:
            return self.say("to_customers", count=len(report.customers))
        return self.say("to_lots", count=report.products) if report.products else self.say("stays")

    def _footer(self) -> Sequence[str]:
        footer = [self.say("whole")]
        footer += [self.say("left_out", count=self.report.left_out)] if self.report.left_out else []
        return footer

    def title_of(self, node: LineageNode) -> str:
        """Return the first words of a node."""
        match node.kind:
            case "supplier" | "customer" | "lot":
                return legible(node.title, self.fonts) or node.kind
            case "rest":
                known = node.title in ("lot", "supplier", "customer")
                return self.say(f"rest_{node.title}" if known else "rest_of", count=node.count)
            case _:
                return self.say(node.kind)

    def alt(self) -> str:
        """Return the finding and the names behind it."""
        report, joint = self.report, "、" if self.language == "zh" else ", "
        told = [self._finding(is_named=True) + ("。" if self.language == "zh" else ".")]
        if report.suppliers:
            told.append(self.say("alt_suppliers", names=joint.join(report.suppliers[:_NAMED_IN_ALT])))
        if report.sources or report.products:
            told.append(self.say("alt_lots", sources=report.sources, products=report.products))
        if report.customers:
            told.append(self.say("alt_customers", names=joint.join(report.customers[:_NAMED_IN_ALT])))
        else:
            told.append(self.say("alt_nobody"))
        return locale.tell(told, self.language)
