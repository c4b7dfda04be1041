"""Boring cards and pictures for tests to vary."""

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

from PIL import Image

from charts.picture import Picture
from workflows.cards import Button, Card, Fact, Row

RECEIPT = Card(
    subject="task:5",
    title="GRN-7 · Litware",
    summary="Receive · 2 lines, due today",
    language="en",
    facts=(Fact("Purchase order", "PO-1042"), Fact("Expected", "today")),
    rows=(
        Row("Brake pad", "BK-100", (Fact("Ordered", "550 pcs"), Fact("Open", "550 pcs"))),
        Row("Chain", "CH-0234", (Fact("Ordered", "12 m"), Fact("Open", "12 m"))),
    ),
    question="Did all of it arrive?",
    buttons=(
        Button("All there", "t" * 32, "good"),
        Button("It differs", "u" * 32, opens_form=True),
        Button("Refuse", "v" * 32, "bad", opens_form=True),
    ),
    story=("10:05 Lin: ordered",),
)


def a_card(**changed: Any) -> Card:
    return replace(RECEIPT, **changed)


def settled(status: str = "Received by Lin at 10:12", **changed: Any) -> Card:
    return a_card(question="", buttons=(), status=status, summary=status, tone="good", **changed)


def png(width: int = 1080, height: int = 600) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def a_picture(alt: str = "18 items will run out this week; the first is BK-100.") -> Picture:
    return Picture("digest.png", png(), alt)


def jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    """A photo that can be read."""
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, "JPEG")
    return made.getvalue()
