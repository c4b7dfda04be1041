"""Fetches the one JavaScript library of the web pages, htmx, into ``bot/web/static`` with its licence.

Run it again after changing the version; npm's checksum of the package is held against what came.
"""

import base64
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path
from typing import Final

VERSION: Final = "2.0.11"
SHA512: Final = "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA=="

_SOURCE: Final = f"https://registry.npmjs.org/htmx.org/-/htmx.org-{VERSION}.tgz"
_TARGET: Final = Path(__file__).parents[1] / "bot" / "web" / "static"
_WANTED: Final = {"package/dist/htmx.min.js": "htmx.min.js", "package/LICENSE": "htmx.LICENSE.txt"}


def main() -> None:
    """Fetch the package, check it, and store the two files that are served."""
    with urllib.request.urlopen(_SOURCE, timeout=60) as answer:
        package = answer.read()
    found = base64.b64encode(hashlib.sha512(package).digest()).decode()
    if found != SHA512:
        raise SystemExit(f"htmx {VERSION} is not what it was: its SHA-512 is {found}")
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for name, target in _WANTED.items():
            member = archive.extractfile(name)
            assert member is not None, name
            (_TARGET / target).write_bytes(member.read())
            print(f"{target} from htmx.org {VERSION}")


if __name__ == "__main__":
    main()
