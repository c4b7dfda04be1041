"""The whole product with a chat platform beside it: the sample company's cards come there, and taps there count."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import open_engine, reading
from tests.app.product import Product
from tests.bot.slack.peer import TOKEN, Slack, emulator
from tests.bot.slack.running import SECRET, Person, labels
from tests.telegram_server import TelegramServer
from tests.tools import eventually


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[Slack]:
    with emulator(tmp_path) as port:
        made = Slack(port)
        yield made
        made.close()
        assert made.complaints == []


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def product(tmp_path: Path, slack: Slack, telegram: TelegramServer) -> Iterator[Product]:
    made = Product(
        tmp_path / "data",
        SLACK_BOT_TOKEN=TOKEN,
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_API_URL=slack.base_url,
        TELEGRAM_BOT_TOKEN=telegram.token,
        TELEGRAM_API_URL=telegram.base_url,
    )
    made.start()
    yield made
    assert made.process is not None
    made.process.kill()
    made.process.wait()


def code_for(product: Product, employee: str) -> str:
    found = re.search(r"link ([A-Z0-9]{8})", product.answer_of("link", employee))
    assert found is not None
    return found[1]


def test_one_receipt_goes_through_slack_telegram_and_slack_to_posted_stock(
    product: Product, slack: Slack, telegram: TelegramServer
) -> None:
    address = f"http://127.0.0.1:{product.port}/slack/events"
    lin, otto, chen = (Person(slack, address, name) for name in ("lin", "otto", "chen"))
    for each in (lin, otto, chen):
        assert "Hello" in each.commands("/link", code_for(product, each.name)).text
    maria = telegram.person("maria")
    maria.starts(code_for(product, "maria"))
    maria.sees("Maria Santos")

    card = lin.card("PO 3845 from Varsity Sport Co.")
    assert lin.taps(card, "All arrived as ordered").status_code == 200
    assert eventually(lambda: labels(lin.card("PO 3845")) == [])
    asked = maria.sees("PO 3845 from Varsity Sport Co.")
    maria.taps(asked, "All good")
    confirm = otto.card("PO 3845 from Varsity Sport Co.")
    otto.taps(confirm, "Confirm quantity")
    assert eventually(lambda: "Posted to stock" in json.dumps(lin.card("PO 3845")))
    assert eventually(lambda: "Posted to stock" in asked.text)
    assert "Posted to stock" in json.dumps(chen.card("PO 3845"))

    issued = lin.commands("/issue", "PA-187B 5").json()
    assert "PA-187B" in json.dumps(issued)
    alert = chen.card("PA-187B")
    assert eventually(lambda: bool(slack.calls_of("files.completeUploadExternal")))
    assert slack.calls_of("files.completeUploadExternal")[-1].given["thread_ts"] == alert["ts"]

    engine = open_engine(f"sqlite:///{product.data / 'storekeeper.db'}")

    def is_quiet() -> bool:
        with reading(engine) as db:
            return not db.execute(text("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'")).scalar_one()

    assert eventually(is_quiet)
    assert examine(engine) == []
    logs = "".join(path.read_text(errors="replace") for path in (product.data / "logs").glob("*.log"))
    assert TOKEN not in logs and SECRET not in logs and telegram.token not in logs
