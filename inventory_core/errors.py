"""What a caller can do wrong, each with its facts. ``workflows.phrases`` turns them into a person's sentence.

``key`` names the sentence, ``params`` its blanks; ``str()`` gives a plain English line for a log.
"""

from typing import ClassVar


class RuleBroken(Exception):
    """A rule of the business was broken: nothing was changed."""

    key: ClassVar[str] = "error.rule"

    def __init__(self, **params: str | int) -> None:
        super().__init__(f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in params.items())})")
        self.params = params


class NotEnoughStock(RuleBroken):
    """Less is free there than was asked: item, place, wanted, free, short (the difference), unit."""

    key = "error.not_enough_stock"


class InexactQuantity(RuleBroken):
    """The number has more places than the item is counted in: text, unit, precision."""

    key = "error.inexact_quantity"


class NotANumber(RuleBroken):
    """The text is no number: text."""

    key = "error.not_a_number"


class NegativeQuantity(RuleBroken):
    """A quantity below zero was asked for: text."""

    key = "error.negative_quantity"


class DedupeConflict(RuleBroken):
    """The same key came again with another content: dedupe_key."""

    key = "error.dedupe_conflict"


class AlreadyReversed(RuleBroken):
    """The movement was reversed before: movement."""

    key = "error.already_reversed"


class StaleRevision(RuleBroken):
    """The document changed since it was read: document."""

    key = "error.stale_revision"


class UnknownItem(RuleBroken):
    """No item has that code: code."""

    key = "error.unknown_item"


class WrongFigures(RuleBroken):
    """The figures of a document line contradict each other: item, received, accepted."""

    key = "error.wrong_figures"


class TooMuch(RuleBroken):
    """More than is open was received: item, most, unit."""

    key = "error.too_much"


class PeriodClosed(RuleBroken):
    """The day is in a closed period: day, until."""

    key = "error.period_closed"


class PeriodNotOver(RuleBroken):
    """A period is closed once it is over: day."""

    key = "error.period_not_over"


class ExpiredLot(RuleBroken):
    """The lot is past its date, and may only be scrapped or sent back: item, lot, day."""

    key = "error.expired_lot"


class DuplicateSerial(RuleBroken):
    """A serial number is one piece in one place, and this one is there already: serial."""

    key = "error.duplicate_serial"


class UnknownUnit(RuleBroken):
    """The item is not counted in that unit: unit, item, units."""

    key = "error.unknown_unit"


class CountedSince(RuleBroken):
    """The place was counted after that moment, and what was counted stands: item, place, counted."""

    key = "error.counted_since"


class NotPosted(RuleBroken):
    """Only what was posted, and not reversed since, can be reversed: document."""

    key = "error.not_posted"


class ArgumentMissing(RuleBroken):
    """An action of a flow was not given what it needs: name."""

    key = "error.argument_missing"


class UnknownPartner(RuleBroken):
    """There is no partner of this code: code."""

    key = "error.unknown_partner"


class UnknownBin(RuleBroken):
    """There is no bin of this code: code."""

    key = "error.unknown_bin"


class NothingToCount(RuleBroken):
    """Nothing lies there by the books: place."""

    key = "error.nothing_to_count"


class NothingAsked(RuleBroken):
    """An order without goods: document."""

    key = "error.nothing_asked"


class NothingFree(RuleBroken):
    """Nothing of the order can go out now: document."""

    key = "error.nothing_free"


class NothingToPick(RuleBroken):
    """No order that must go out by that day is ready to be picked: day."""

    key = "error.nothing_to_pick"


class NothingToReturn(RuleBroken):
    """Nothing of this order is with the customer: document."""

    key = "error.nothing_to_return"


class PartlyReturned(RuleBroken):
    """An order of which something came back is not cancelled any more: document, rma."""

    key = "error.partly_returned"


class WrongParts(RuleBroken):
    """The parts of a line do not come to what came back: item, received, said, unit."""

    key = "error.wrong_parts"


class NoBill(RuleBroken):
    """The item has no bill of materials: item."""

    key = "error.no_bill"


class NothingMade(RuleBroken):
    """A work order that makes nothing: document."""

    key = "error.nothing_made"
