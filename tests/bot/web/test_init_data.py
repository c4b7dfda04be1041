"""Who may say that Telegram sent them: the hash, its age, and nothing read twice or by halves."""

import datetime as dt
import json
from urllib.parse import urlencode

import pytest

from bot.web import init_data
from bot.web.init_data import Account, NotTelegrams, account
from tests.telegram_server.miniapp import signed

TOKEN = "5550001:AAfake-token-for-tests-only_0123456789"
NOW = dt.datetime(2026, 11, 18, 1, 0, tzinfo=dt.UTC)
USER = {"id": 1001, "first_name": "Lin 林 + & =", "language_code": "zh-hans"}
FIELDS = {
    "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
    "user": json.dumps(USER),
    "auth_date": str(int(NOW.timestamp())),
    "signature": "zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe",
}


def told(**changed: str) -> str:
    return signed({**FIELDS, **changed}, TOKEN)


def test_what_telegram_signed_names_the_account() -> None:
    assert account(told(), TOKEN, now=NOW) == Account(1001, "zh-hans")


@pytest.mark.parametrize(
    ("words", "token"),
    [
        (  # docs.telegram-mini-apps.com, "Validating"
            "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22"
            "last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22"
            "is_premium%22%3Atrue%7D&auth_date=1662771648"
            "&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2",
            "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8",
        ),
        (  # the tests of @tma.js/init-data: since Bot API 8.0 there is a signature, which the hash covers
            "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name"
            "%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22"
            "%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2F"
            "userpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D"
            "&chat_instance=8134722200314281151&chat_type=private&auth_date=1733584787"
            "&signature=zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ"
            "&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6",
            "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ",
        ),
    ],
    ids=["without a signature", "with one"],
)
def test_what_telegram_itself_signed_once_is_read(words: str, token: str) -> None:
    signed_at = dt.datetime.fromtimestamp(int(words.partition("auth_date=")[2][:10]), dt.UTC)
    assert account(words, token, now=signed_at) == Account(279058397, "ru")
    with pytest.raises(NotTelegrams):
        account(words, token, now=NOW)


def test_every_single_changed_letter_is_refused() -> None:
    words = told()
    for at, letter in enumerate(words):
        changed = words[:at] + ("A" if letter != "A" else "B") + words[at + 1 :]
        with pytest.raises(NotTelegrams):
            account(changed, TOKEN, now=NOW)


@pytest.mark.parametrize("seconds", [-31, 301, 86_400, -86_400])
def test_what_is_stale_or_from_the_future_is_refused(seconds: int) -> None:
    with pytest.raises(NotTelegrams):
        account(told(), TOKEN, now=NOW + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-30, 0, 300])
def test_what_is_fresh_is_taken(seconds: int) -> None:
    assert account(told(), TOKEN, now=NOW + dt.timedelta(seconds=seconds)).id == 1001


def test_another_bots_window_is_refused() -> None:
    with pytest.raises(NotTelegrams):
        account(told(), "5550002" + TOKEN[7:], now=NOW)


BAD = {
    "nothing": "",
    "no hash": urlencode(FIELDS),
    "an empty hash": urlencode({**FIELDS, "hash": ""}),
    "a hash in capitals": told().replace(told()[-64:], told()[-64:].upper()),
    "a field twice": f"{told()}&auth_date={FIELDS['auth_date']}",
    "the hash twice": f"{told()}&hash={told()[-64:]}",
    "a field more": f"{told()}&start_param=x",
    "a field less": told().replace("query_id=AAHdF6IQAAAAAN0XohDhrOrc&", ""),
    "a field without a value sign": f"{told()}&debug",
    "an empty pair": f"{told()}&&",
    "signs beyond ASCII": f"{told()}&x=林",
    "bytes that are no UTF-8": told().replace("Lin", "%ff%fe"),
    "an odd name": signed({**FIELDS, "User": "1"}, TOKEN),
    "a line break in a name": signed({**FIELDS, "a\nuser": "{}"}, TOKEN),
    "too much of it": signed({**FIELDS, "start_param": "x" * init_data.LONGEST}, TOKEN),
    "too many fields": signed({**FIELDS, **{"x" * number: "1" for number in range(1, 33)}}, TOKEN),
    "no moment": signed({name: FIELDS[name] for name in ("query_id", "user")}, TOKEN),
    "no user": signed({name: FIELDS[name] for name in ("query_id", "auth_date")}, TOKEN),
    **{
        f"the moment {moment!r}": told(auth_date=moment)
        for moment in ("", "now", "-1", "1e9", " 1763427600", "٣", "01")
    },
    **{
        f"the user {user}": told(user=user)
        for user in ("", "[]", "null", "7", "{", '{"id":"1001"}', '{"id":true}', '{"id":0}', '{"id":-5}', '{"id":1.5}')
    },
    "a user of a number too large": told(user='{"id":4503599627370496}'),
    "a user nested without end": told(user='{"id":' * 600),
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_what_is_not_whole_or_not_telegrams_is_refused(words: str) -> None:
    with pytest.raises(NotTelegrams):
        account(words, TOKEN, now=NOW)


def test_a_language_that_is_none_is_no_matter() -> None:
    assert account(told(user='{"id":7,"language_code":["zh"]}'), TOKEN, now=NOW) == Account(7, "")
