"""Where goods can be: sites, their bins, and the virtual places on the other side of the ledger."""

from sqlalchemy import Connection, text

from inventory_core.db.quick import Statement

_VIRTUAL = Statement("SELECT id FROM locations WHERE kind = :kind ORDER BY id LIMIT 1")
_RECEIVING = Statement("""
    SELECT b.id FROM locations b JOIN locations z ON z.id = b.parent_id
    WHERE b.kind = 'bin' AND (z.parent_id = :site OR z.id = :site)
    ORDER BY CASE b.code WHEN 'RECV' THEN 0 ELSE 1 END, b.walk_order, b.id LIMIT 1
""")


def id_of(db: Connection, code: str) -> int:
    """Return the location of this code. Raises LookupError, since codes of the product's own places always exist."""
    found = db.execute(text("SELECT id FROM locations WHERE code = :code"), {"code": code}).scalar()
    if found is None:
        raise LookupError(f"no location {code}")
    return int(found)


def first_site(db: Connection) -> str:
    """Return the name of the company's first site, as a picture tells where its figures are from."""
    return db.execute(text("SELECT name FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar() or ""


def virtual(db: Connection, kind: str) -> int:
    """Return the virtual location of a kind: supplier, customer, production, scrap or adjustment."""
    return int(_VIRTUAL.scalar(db, {"kind": kind}))


def receiving_bin(db: Connection, site_id: int) -> int:
    """Return the site's receiving bin: the first bin, by walking order, in a zone named for receiving."""
    return int(_RECEIVING.scalar(db, {"site": site_id}))
