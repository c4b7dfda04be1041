"""Suppliers and customers."""

from sqlalchemy import Connection, text

from inventory_core.errors import UnknownPartner


def counts_blind(db: Connection, partner_id: int | None) -> bool:
    """Tell whether who receives a supplier's goods is not told what was ordered."""
    found = db.execute(text("SELECT counts_blind FROM partners WHERE id = :id"), {"id": partner_id}).scalar()
    return bool(found)


def id_of(db: Connection, code: str) -> int:
    """Return the active partner of this code, in any letter case. Raises UnknownPartner."""
    found = db.execute(
        text("SELECT id FROM partners WHERE lower(code) = lower(:code) AND is_active = 1"), {"code": code.strip()}
    ).scalar()
    if found is None:
        raise UnknownPartner(code=code)
    return int(found)
