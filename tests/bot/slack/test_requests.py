"""The door that Slack calls: what is not signed by Slack, now, changes nothing and learns nothing."""

import json
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import SECRET, linked, signed, told
from tests.world import World

PAYLOADS = Path(__file__).parent / "payloads"


def rows(world: World) -> dict[str, int]:
    with reading(world.engine) as db:
        return {
            table: db.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
            for table in ("decisions", "journal", "movements", "card_tokens")
        }


def test_a_wrong_missing_or_old_signature_is_401_with_an_empty_body(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="R1")
    told(shop)
    tap = lin.tap(lin.card("PO R1"), "All arrived as ordered")
    body = urlencode({"payload": json.dumps(tap)}).encode()
    now = int(time.time())
    right = signed(body, at=now)
    flipped = right["X-Slack-Signature"][:-1] + ("0" if right["X-Slack-Signature"][-1] != "0" else "1")
    wrong = [
        right | {"X-Slack-Signature": flipped},
        right | {"X-Slack-Signature": ""},
        right | {"X-Slack-Signature": "v0=é".encode().decode("latin-1")},
        right | {"X-Slack-Request-Timestamp": str(now - 1)},
        right | {"X-Slack-Request-Timestamp": "soon"},
        {name: value for name, value in right.items() if name != "X-Slack-Signature"},
        {name: value for name, value in right.items() if name != "X-Slack-Request-Timestamp"},
        signed(body, at=now - 302),
        signed(body, at=now + 330),
        signed(body, secret="another" + SECRET),
        {},
    ]
    before, calls = rows(shop), len(slack.calls)
    for headers in wrong:
        encoded = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = httpx.post(face, content=body, headers=encoded)
        assert (answer.status_code, answer.content) == (401, b""), headers
    altered = httpx.post(face, content=body + b"&x=1", headers=right)
    assert (altered.status_code, altered.content) == (401, b"")
    assert (rows(shop), len(slack.calls)) == (before, calls)
    assert httpx.post(face, content=body, headers=right).status_code == 200
    assert rows(shop)["decisions"] == before["decisions"] + 1


@pytest.mark.parametrize(
    "body",
    [
        b"payload=x",
        b"payload=%7B%7D",
        b"",
        b"\xff\xfe",
        b"{}",
        b"[]",
        b'{"type": "event_callback"}',
        urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "a"}]})}).encode(),
        urlencode({"payload": json.dumps({"type": "view_submission", "view": {"id": "V"}})}).encode(),
    ],
)
def test_a_signed_body_of_another_shape_is_refused_without_a_trace(shop: World, face: str, body: bytes) -> None:
    before = rows(shop)
    answer = httpx.post(face, content=body, headers=signed(body))
    assert answer.status_code in (200, 400, 404, 422, 500)
    assert b"Traceback" not in answer.content
    assert rows(shop) == before


def test_slack_is_given_its_challenge_back(face: str) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1", "token": "t"}).encode()
    assert "c-1" in httpx.post(face, content=body, headers=signed(body)).text


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_what_slack_really_sends_never_fails(shop: World, slack: Slack, face: str, path: Path) -> None:
    """Requests of other apps: what means nothing here is turned away (404, 422), none ends in a fault."""
    sent = json.loads(path.read_text())
    if "command" in sent:
        body = urlencode(sent).encode()
    elif "event" in sent or sent.get("type") == "url_verification":
        body = path.read_bytes()
    else:
        body = urlencode({"payload": path.read_text()}).encode()
    answer = httpx.post(face, content=body, headers=signed(body))
    assert answer.status_code in (200, 404, 422), answer.text
    assert rows(shop)["decisions"] == 0
