"""What a drawing gives: the bytes and the words that stand for them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of 1,080 px width, its file name, and its alt text: the finding and its main numbers."""

    name: str
    png: bytes
    alt: str
