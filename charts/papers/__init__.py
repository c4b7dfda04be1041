"""Printed papers: a frozen report in, the same PDF, labels or CSV out; no clock, no chat, no page."""
