"""A process that sends one message into the workspace T1 when told to, as a worker does.

    python -m tests.bot.slack.sender DATABASE KEYS API MOMENT [ends]

It says "ready", and sends at the next line that it reads. ``ends``: it is killed between Slack's answer and the commit.
"""

import datetime as dt
import os
import signal
import sys
from pathlib import Path

from bot.sealing import Keyring
from bot.slack.api import Api
from bot.slack.oauth import OAuth
from bot.slack.render import words
from bot.slack.send import SlackChannel
from bot.slack.tokens import Tokens, nobodys
from bot.slack.vault import Vault
from inventory_core.db.engine import open_engine
from tests.bot.slack.installed import CLIENT_ID, CLIENT_SECRET
from workflows.intents import Address


class EndsBeforeTheCommit(Vault):
    def put(self, *_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main(database: str, keys: str, api: str, moment: str, *more: str) -> None:
    now = dt.datetime.fromisoformat(moment)
    vault = EndsBeforeTheCommit if more else Vault
    oauth = OAuth(
        Api(nobodys, base_url=api), client_id=CLIENT_ID, client_secret=CLIENT_SECRET, public_url="https://s.example.org"
    )
    tokens = Tokens(vault(open_engine(database), Keyring(Path(keys)), lambda: now), oauth=oauth)
    channel = SlackChannel(Api(tokens.token_of, base_url=api, refused=tokens.refused))
    print("ready", flush=True)
    sys.stdin.readline()
    channel.post(Address("slack", "T1", "C1"), [words("Hello")])
    print("sent", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
