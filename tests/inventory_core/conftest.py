"""Stock on both databases."""

import pytest

from tests.inventory_core.stock import Stock
from tests.world import World


@pytest.fixture
def stock(world: World) -> Stock:
    return Stock(world)
