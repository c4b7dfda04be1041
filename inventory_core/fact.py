"""Figures that flows may name. Reaches no database."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from inventory_core.document import Document

ValueKind = Literal["number", "boolean", "text", "date"]
"""What a rule of a flow gives."""
FactKind = Literal["money", "quantity", "boolean"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A read-only figure of a document that conditions and cards may name. ``read`` is pure.

    ``about`` is the kind of document that has it, empty for any.
    """

    kind: FactKind
    read: Callable[[Document], Decimal | bool]
    about: str = ""
