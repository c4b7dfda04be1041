from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made
