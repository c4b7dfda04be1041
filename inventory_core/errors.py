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


class SupplierBlocked(RuleBroken):
    """Nothing is ordered from this supplier: supplier."""

    key = "error.supplier_blocked"


class NotMeasured(RuleBroken):
    """Measured values are numbers, one group for each of ``n`` characteristics: item, words, n."""

    key = "error.not_measured"


class NotOpen(RuleBroken):
    """There is no open paper of that number: document."""

    key = "error.not_open"


class UnderDone(RuleBroken):
    """Less can't be ordered than came already: item, done, unit."""

    key = "error.under_done"


class UnknownBin(RuleBroken):
    """There is no bin of this code: code."""

    key = "error.unknown_bin"


class NoBinNamed(RuleBroken):
    """No bin was proposed for the goods, and none was named: item."""

    key = "error.no_bin_named"


class BinFrozen(RuleBroken):
    """The bin is being counted, and nothing moves there until that is over: place, document."""

    key = "error.bin_frozen"


class UnknownArea(RuleBroken):
    """There is no site or zone of this code: code."""

    key = "error.unknown_area"


class SheetsOpen(RuleBroken):
    """A stocktake is closed once all its sheets are: n."""

    key = "error.sheets_open"


class NotEmpty(RuleBroken):
    """A bin that should be empty is not, and what lies there was not entered: places."""

    key = "error.not_empty"


class OnTheSheet(RuleBroken):
    """What was found is a line of the sheet already: item, place."""

    key = "error.on_the_sheet"


class SerialNeeded(RuleBroken):
    """A piece with a serial number was found, and the number was not entered: item."""

    key = "error.serial_needed"


class NothingThere(RuleBroken):
    """The goods do not lie in that bin: goods (a lot or an item), place."""

    key = "error.nothing_there"


class NotOneItem(RuleBroken):
    """Several items are meant where one has to be: goods, items."""

    key = "error.not_one_item"


class SameBin(RuleBroken):
    """Goods are moved to where they lie: place."""

    key = "error.same_bin"


class ZeroQuantity(RuleBroken):
    """Nothing is to be moved: unit."""

    key = "error.zero_quantity"


class SerialsStayWhole(RuleBroken):
    """A serial number is one piece, which is neither split nor merged: item."""

    key = "error.serials_stay_whole"


class OneLotOnly(RuleBroken):
    """Two lots at least are merged."""

    key = "error.one_lot_only"


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


class BillRing(RuleBroken):
    """An item would go into itself, over the items between the arrows: ring."""

    key = "error.bill_ring"


class SharesTooLarge(RuleBroken):
    """The by-products of a bill would carry more than the whole cost: item."""

    key = "error.shares_too_large"


class BackflushShort(RuleBroken):
    """Less lies there than the bill takes for what was made: item, wanted, free, unit."""

    key = "error.backflush_short"


class NothingToGet(RuleBroken):
    """Nothing that the order lacks is got that way any more: document."""

    key = "error.nothing_to_get"


class NothingToPrint(RuleBroken):
    """The document has no such paper, or nothing stands on it yet: document."""

    key = "error.nothing_to_print"
