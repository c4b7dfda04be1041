"""Bins that a count keeps still: nothing but a count is posted there until its sheet is through.

The posting path asks no question of its own: the guarded statements that change a balance carry the condition, which is
a look into the index of a table that is empty on almost every day (docs/decisions/0011). A posting that was under way
when a bin was frozen still goes through; that does no harm, since a count is held against the books of its moment.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from inventory_core.db.quick import Statement

_FREEZE = Statement("""
    INSERT INTO bin_freezes (location_id, document_id) VALUES (:location_id, :document_id)
    ON CONFLICT (location_id, document_id) DO NOTHING
""")


def freeze(db: Connection, document_id: int, location_ids: Iterable[int]) -> None:
    """Keep bins still for a count sheet."""
    rows = [{"location_id": each, "document_id": document_id} for each in location_ids]
    if rows:
        _FREEZE.run_many(db, rows)


def release(db: Connection, document_id: int) -> None:
    """Let goods move again in the bins of a sheet."""
    db.execute(text("DELETE FROM bin_freezes WHERE document_id = :id"), {"id": document_id})
