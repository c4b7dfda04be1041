"""Checks everything that must never break, on a live database, and names the first offending row of each rule."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from bot.sealing import Keyring, SealedAway
from charts.fontfiles import missing_files
from inventory_core import journal
from inventory_core.db.engine import reading


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule and the first row that breaks it."""

    rule: str
    row: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.row}"


_REAL = "c.kind IN ('bin', 'transit')"

RULES: dict[str, str] = {
    "The quantities of each movement and item sum to zero": """
        SELECT 'movement ' || movement_id || ', item ' || item_id || ', sum ' || SUM(quantity) FROM movement_lines
        GROUP BY movement_id, item_id HAVING SUM(quantity) <> 0""",
    "The values of each movement and item sum to zero": """
        SELECT 'movement ' || movement_id || ', item ' || item_id || ', sum ' || SUM(value) FROM movement_lines
        GROUP BY movement_id, item_id HAVING SUM(value) <> 0""",
    "Each movement has its lines": """
        SELECT 'movement ' || m.id FROM movements m
        WHERE NOT EXISTS (SELECT 1 FROM movement_lines l WHERE l.movement_id = m.id)
          AND NOT EXISTS (SELECT 1 FROM value_lines v WHERE v.movement_id = m.id)""",
    "Each balance equals the sum of its lines": f"""
        SELECT 'item ' || item_id || ', lot ' || lot_id || ', location ' || location_id || ', ' || status ||
               ', off by ' || SUM(quantity)
        FROM (SELECT item_id, lot_id, location_id, status, quantity FROM balances
              UNION ALL
              SELECT l.item_id, l.lot_id, l.location_id, l.status, -l.quantity
              FROM movement_lines l JOIN locations c ON c.id = l.location_id WHERE {_REAL}) AS both_sides
        GROUP BY item_id, lot_id, location_id, status HAVING SUM(quantity) <> 0""",
    "No place holds less than nothing or less than is reserved": """
        SELECT 'item ' || item_id || ', location ' || location_id FROM balances
        WHERE quantity < 0 OR reserved < 0 OR reserved > quantity""",
    "What is reserved of a balance is what its open reservations say": """
        SELECT 'item ' || item_id || ', lot ' || lot_id || ', location ' || location_id || ', off by ' || SUM(reserved)
        FROM (SELECT item_id, lot_id, location_id, reserved FROM balances WHERE reserved <> 0
              UNION ALL
              SELECT item_id, lot_id, location_id, -quantity FROM reservations
              WHERE state = 'open' AND lot_id IS NOT NULL) AS both_sides
        GROUP BY item_id, lot_id, location_id HAVING SUM(reserved) <> 0""",
    "What is promised of an item is what its open promises say": """
        SELECT 'item ' || item_id || ', off by ' || SUM(quantity)
        FROM (SELECT item_id, quantity FROM item_promises
              UNION ALL
              SELECT item_id, -quantity FROM reservations WHERE state = 'open' AND lot_id IS NULL) AS both_sides
        GROUP BY item_id HAVING SUM(quantity) <> 0""",
    "A closed period keeps what its lines come to": f"""
        SELECT 'period ' || period_id || ', item ' || item_id || ', off by ' || SUM(quantity)
        FROM (SELECT period_id, item_id, lot_id, location_id, status, quantity FROM period_balances
              UNION ALL
              SELECT p.id, l.item_id, l.lot_id, l.location_id, l.status, -l.quantity
              FROM periods p JOIN movement_lines l ON l.day <= p.ends_on
              JOIN locations c ON c.id = l.location_id WHERE {_REAL}) AS both_sides
        GROUP BY period_id, item_id, lot_id, location_id, status HAVING SUM(quantity) <> 0""",
    "A line is of its movement's day": """
        SELECT 'line ' || l.id FROM movement_lines l JOIN movements m ON m.id = l.movement_id WHERE l.day <> m.day""",
    "A bin is frozen by an open count sheet": """
        SELECT 'location ' || f.location_id || ', ' || d.number FROM bin_freezes f
        JOIN documents d ON d.id = f.document_id WHERE d.kind <> 'count' OR d.state <> 'open'""",
    "Only real places have balances": f"""
        SELECT 'location ' || b.location_id FROM balances b JOIN locations c ON c.id = b.location_id
        WHERE NOT {_REAL}""",
    "Each item's quantity and value equal those of its lines": f"""
        SELECT 'item ' || item_id || ', off by ' || SUM(quantity) || ' and value ' || SUM(value)
        FROM (SELECT item_id, quantity, value FROM item_values
              UNION ALL
              SELECT item_id, 0, -to_stock FROM value_lines
              UNION ALL
              SELECT l.item_id, -l.quantity, -l.value
              FROM movement_lines l JOIN locations c ON c.id = l.location_id WHERE {_REAL}) AS both_sides
        GROUP BY item_id HAVING SUM(quantity) <> 0 OR SUM(value) <> 0""",
    "What is left of an item's receipts is its quantity and value": """
        SELECT 'item ' || both_sides.item_id || ', off by ' || SUM(quantity) || ' and value ' || SUM(value)
        FROM (SELECT item_id, quantity, value FROM cost_layers
              UNION ALL
              SELECT item_id, -quantity, -value FROM item_values) AS both_sides
        JOIN items i ON i.id = both_sides.item_id WHERE i.costing = 'fifo'
        GROUP BY both_sides.item_id HAVING SUM(quantity) <> 0 OR SUM(value) <> 0""",
    "An item without stock has no value": """
        SELECT 'item ' || item_id FROM item_values WHERE quantity < 0 OR (quantity = 0 AND value <> 0)""",
    "A lot lies only as the item that it is of": """
        SELECT 'lot ' || b.lot_id FROM balances b JOIN lots t ON t.id = b.lot_id
        WHERE b.lot_id <> 0 AND t.item_id <> b.item_id""",
    "A serial number is in one place at most": """
        SELECT 'lot ' || b.lot_id FROM balances b JOIN items i ON i.id = b.item_id
        WHERE i.tracking = 'serial' AND b.quantity > 0 GROUP BY b.lot_id HAVING COUNT(*) > 1 OR SUM(b.quantity) > 1""",
    "A movement is reversed once, by its opposite": """
        SELECT 'movement ' || r.id FROM movements r JOIN movement_lines l ON l.movement_id IN (r.id, r.reverses_id)
        WHERE r.reverses_id IS NOT NULL
        GROUP BY r.id, l.item_id, l.lot_id, l.location_id, l.status HAVING SUM(l.quantity) <> 0""",
    "A task is settled by one decision, and only then": """
        SELECT 'task ' || t.id FROM tasks t LEFT JOIN decisions d ON d.task_id = t.id
        GROUP BY t.id, t.state HAVING COUNT(d.id) <> CASE t.state WHEN 'settled' THEN 1 ELSE 0 END""",
    "A running case waits for a task, an ended one for none": """
        SELECT 'case ' || i.id FROM flow_instances i LEFT JOIN tasks t ON t.instance_id = i.id AND t.state = 'open'
        GROUP BY i.id, i.state HAVING (COUNT(t.id) > 0) <> (i.state = 'open')""",
    "A deadline belongs to an open task": """
        SELECT 'task ' || t.id FROM deadlines d JOIN tasks t ON t.id = d.task_id WHERE t.state <> 'open'""",
    "Nobody decides what they were kept from by four eyes": """
        SELECT 'task ' || a.id FROM decisions x JOIN tasks a ON a.id = x.task_id
        JOIN tasks b ON b.instance_id = a.instance_id AND b.step = a.step AND b.visit = a.visit AND b.id <> a.id
        JOIN decisions y ON y.task_id = b.id
        WHERE x.employee_id = y.employee_id OR x.employee_id = y.for_employee_id""",
    "An order line has received what its receipts received": """
        SELECT 'document line ' || o.id FROM document_lines o JOIN documents d ON d.id = o.document_id
        LEFT JOIN document_lines r ON r.source_line_id = o.id WHERE d.kind = 'purchase_order'
        GROUP BY o.id, o.done, o.rejected
        HAVING o.done <> COALESCE(SUM(r.done), 0) OR o.rejected <> COALESCE(SUM(r.rejected), 0)""",
    "A posted receipt moved what it says": f"""
        SELECT 'receipt ' || d.number FROM documents d
        WHERE d.kind = 'receipt' AND (SELECT COALESCE(SUM(done), 0) FROM document_lines WHERE document_id = d.id) <>
          (SELECT COALESCE(SUM(l.quantity), 0) FROM movement_lines l JOIN movements m ON m.id = l.movement_id
           JOIN locations c ON c.id = l.location_id WHERE m.document_id = d.id AND {_REAL})""",
    "An order sent what left for its customer": """
        SELECT 'order ' || d.number FROM documents d
        WHERE d.kind = 'sales_order' AND (SELECT COALESCE(SUM(done), 0) FROM document_lines WHERE document_id = d.id) <>
          (SELECT COALESCE(SUM(l.quantity), 0) FROM movement_lines l JOIN movements m ON m.id = l.movement_id
           JOIN locations c ON c.id = l.location_id WHERE m.document_id = d.id AND c.kind = 'customer')""",
    "No more is on deliveries than its order sent": """
        SELECT 'order ' || d.number FROM documents d
        WHERE d.kind = 'sales_order' AND (SELECT COALESCE(SUM(done), 0) FROM document_lines WHERE document_id = d.id) <
          (SELECT COALESCE(SUM(l.ordered), 0) FROM document_lines l JOIN documents n ON n.id = l.document_id
           WHERE n.kind = 'delivery' AND n.source_id = d.id AND n.state <> 'cancelled')""",
    "Each change of a document has its journal entry": """
        SELECT 'document ' || d.number FROM documents d WHERE d.kind = 'receipt' AND d.state <> 'open'
          AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.document_id = d.id AND j.kind = 'document.state')""",
    "Each movement has its journal entry": """
        SELECT 'movement ' || m.id FROM movements m WHERE NOT EXISTS
          (SELECT 1 FROM journal j WHERE j.kind = 'stock.moved' AND j.subject = 'movement:' || m.id)""",
    "Each journal entry is told or waits to be told": """
        SELECT 'entry ' || j.id FROM journal j LEFT JOIN journal_seals s ON s.entry_id = j.id
        LEFT JOIN outbox o ON o.entry_id = j.id WHERE s.entry_id IS NULL AND o.entry_id IS NULL""",
    "A delivery is pending, delivered, or dead with a reason": """
        SELECT 'delivery ' || id FROM deliveries WHERE state NOT IN ('pending', 'delivered', 'dead')
          OR (state = 'dead' AND reason = '') OR (state <> 'pending') <> (settled_at IS NOT NULL)""",
    "Slack takes the token of each workspace": """
        SELECT 'install it again in ' || CASE name WHEN '' THEN team ELSE name END || ', ' || reason
        FROM slack_workspaces WHERE state = 'broken'""",
    "No chat is open where the app was removed": """
        SELECT 'chat ' || c.chat || ', workspace ' || c.workspace FROM chats c
        JOIN slack_workspaces w ON w.team = c.workspace LEFT JOIN slack_workspaces o ON o.team = w.via
        WHERE c.platform = 'slack' AND c.is_open = 1 AND 'removed' IN (w.state, o.state)""",
}

_CHAIN = "The journal's hash chain is whole"
_KEYS = "The key to the tokens is there, and for its owner's eyes only"
_TYPEFACE = "The pictures' typeface is there"
COUNT = len(RULES) + 3


def examine(
    engine: Engine,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    keyring: Keyring | None = None,
) -> list[Finding]:
    """Return what is broken, an empty list when nothing is.

    ``progress`` is told each rule, its number, and of how many; without a ``keyring`` the keys are not looked at.
    Everything is read in one transaction, so work that goes on meanwhile does not disturb.
    """
    findings = []
    with reading(engine) as db:
        for number, (rule, statement) in enumerate(RULES.items(), 1):
            if progress:
                progress(rule, number, COUNT)
            row = db.execute(text(statement)).scalar()
            if row is not None:
                findings.append(Finding(rule, str(row)))
        if progress:
            progress(_CHAIN, COUNT - 2, COUNT)
        findings += _check_chain(db)
        if progress:
            progress(_KEYS, COUNT - 1, COUNT)
        if keyring is not None:
            findings += _check_keys(db, keyring)
    if progress:
        progress(_TYPEFACE, COUNT, COUNT)
    return [*findings, *_check_typeface()]


def _check_keys(db: Connection, keyring: Keyring) -> list[Finding]:
    findings = [] if keyring.is_private() else [Finding(_KEYS, f"others may read {keyring.path}: chmod 600 it")]
    used = db.execute(text("SELECT team, key_id FROM slack_workspaces WHERE token <> '' ORDER BY team"))
    try:
        known = keyring.ids()
    except SealedAway:
        return [*findings, Finding(_KEYS, f"{keyring.path} can't be read as keys")]
    lost = next((row.team for row in used if row.key_id not in known), None)
    return findings if lost is None else [*findings, Finding(_KEYS, f"the key to the token of {lost} is missing")]


def _check_typeface() -> list[Finding]:
    return [Finding(_TYPEFACE, f"{each} is missing") for each in missing_files()]


def _check_chain(db: Connection) -> list[Finding]:
    head = ""
    for hash_, entry in journal.sealed(db):
        head = journal.seal(head, entry)
        if head != hash_:
            return [Finding(_CHAIN, f"entry {entry.id}")]
    return []
