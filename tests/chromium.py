"""Debian's Chromium for the tests that need a browser: quiet, and asking nothing of the network."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.tools import need

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launched(playwright: Playwright, *more: str) -> Browser:
    """Start a browser, with ``more`` switches where a test needs them; whoever asked for it closes it."""
    return playwright.chromium.launch(executable_path=str(need("chromium")), args=[*_QUIET, *more])


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser that is closed at the end."""
    with sync_playwright() as playwright:
        made = launched(playwright)
        yield made
        made.close()
