"""The story of anything: what a lot, an item, a paper or a partner has to do with the others. Reads, never writes."""
