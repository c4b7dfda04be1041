"""The story of anything: what a lot, an item, a paper or a partner has to do with the others, read and never written."""

PLAIN = """
    COALESCE(m.reverses_id, 0) = 0 AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)
"""
"""A movement ``m`` that is no reversal and was not reversed. Nearly all are none: COALESCE keeps off the index on it."""
