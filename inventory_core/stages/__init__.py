"""The stages of the material's way, one module each: the facts and actions that flows name."""

from collections.abc import Mapping

from inventory_core.fact import Fact
from inventory_core.stages import production, purchasing, receiving
from inventory_core.stages.case import Action

FACTS: Mapping[str, Fact] = {**receiving.FACTS}
ACTIONS: Mapping[str, Action] = {**receiving.ACTIONS, **purchasing.ACTIONS, **production.ACTIONS}
