"""The programs that some tests need, and the rule for when one is missing.

A test that needs a missing program is skipped with the reason; where ``STOREKEEPER_TEST_ALL=1`` is set, as in CI, it
fails instead, so that a full run can't pass by leaving tests out.
"""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import pytest

_PLACES: Final[dict[str, tuple[Path, ...]]] = {
    "postgres": tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    "initdb": tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    "emulate": (Path(__file__).parent / "tooling" / "node_modules" / ".bin",),
}
"""Where a program may lie besides the PATH."""

_OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "chromium": ("chromium-browser", "google-chrome"),
    "redis-server": ("valkey-server",),
}


def find(tool: str) -> Path | None:
    """Return where a program lies, under its own or another name, or None."""
    for name in (tool, *_OTHER_NAMES.get(tool, ())):
        places = os.pathsep.join([*map(str, _PLACES.get(tool, ())), os.environ.get("PATH", "")])
        if found := shutil.which(name, path=places):
            return Path(found)
    return None


def need(tool: str) -> Path:
    """Return where a program lies; without it the test is skipped, or fails where everything must run."""
    return find(tool) or missing(f"{tool} is not installed")


def need_postgres() -> str:
    """Return the address of a PostgreSQL server on which tests may create databases."""
    return os.environ.get("STOREKEEPER_TEST_POSTGRES") or missing("STOREKEEPER_TEST_POSTGRES names no server")


def missing(reason: str) -> NoReturn:
    """Skip the running test, or fail it where everything must run."""
    if os.environ.get("STOREKEEPER_TEST_ALL"):
        pytest.fail(f"{reason}, and STOREKEEPER_TEST_ALL is set", pytrace=False)
    pytest.skip(reason)


def eventually(is_so: Callable[[], bool], *, limit_s: float = 30.0) -> bool:
    """Return whether something becomes so; the limit only bounds how long a failing test takes."""
    end = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
