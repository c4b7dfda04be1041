"""Measurements, each beside its floor in the same run: ``make bench``, or one of them with ``make bench ONLY=name``."""
