"""The Mini App of a whole installation: there where a bot is set up, and led to over https alone."""

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.http import build_app
from app.settings import Settings
from app.wiring import wire
from tests.world import World

TOKEN = SecretStr("5550001:AAfake-token-for-tests-only_0123456789")


@pytest.mark.parametrize(
    ("token", "address", "status", "link"),
    [
        (TOKEN, "https://stock.mill.org", 200, "https://stock.mill.org/telegram"),
        (TOKEN, "http://stock.mill.org", 200, ""),
        (None, "https://stock.mill.org", 404, "https://stock.mill.org/telegram"),
    ],
)
def test_the_door_is_there_with_a_bot_and_told_with_https(
    shop: World, token: SecretStr | None, address: str, status: int, link: str
) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data=shop.desk.files.parent,
        database_url=str(shop.engine.url.render_as_string(hide_password=False)),
        public_url=address,
        telegram_bot_token=token,
        redis_url=None,
    )
    wiring = wire(settings)
    told = TestClient(build_app(wiring), base_url=address).get("/telegram", headers={"Accept": "text/html"})
    assert told.status_code == status
    assert wiring.desk.app_link == link
