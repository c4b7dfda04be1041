"""What the ledger's history says: pure of style, in smallest units."""
