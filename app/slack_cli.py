"""What ``storekeeper slack`` does: install the app in one more workspace, seal the tokens anew, and check it all."""

import datetime as dt
import os
from typing import Annotated, Literal

import typer
from rich.console import Console

from app import console as words
from app.opening import open_installation, refusal

slack = typer.Typer(no_args_is_help=True, help="Slack: install it, check it, seal its tokens anew.")
out = Console(highlight=False)


def _tongue() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


Tongue = Annotated[
    Literal["en", "zh"], typer.Option("--language", help="The language of the answer.", default_factory=_tongue)
]


@slack.command()
def check(language: Tongue) -> None:
    """Say what the connection to Slack lacks; the exit code is 1 when anything does."""
    from app.slack_check import check as look
    from workflows.phrases import say

    missing = 0
    for each in look(open_installation(), language):
        missing += each.kind == "missing"
        words.checked(out, each.kind, each.words)
    if missing:
        out.print(say(language, "slack_check.sum_missing", n=missing), soft_wrap=True)
    else:
        out.print(say(language, "slack_check.sum_good"), soft_wrap=True)
    raise typer.Exit(1 if missing else 0)


@slack.command()
def install() -> None:
    """Print a link by which the app is installed in one more workspace."""
    from inventory_core.db.engine import writing
    from workflows.workspaces import new_ticket

    wiring = open_installation()
    if not wiring.settings.has_oauth:
        raise refusal(
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are missing: docs/slack.md says where Slack shows them. "
            "One workspace alone needs SLACK_BOT_TOKEN instead."
        )
    with writing(wiring.engine) as db:
        ticket = new_ticket(db, None, now=dt.datetime.now(dt.UTC))
    out.print("Good for ten minutes and one workspace, for somebody who may install apps there:", soft_wrap=True)
    out.print(f"{wiring.settings.address}/slack/install/{ticket}", soft_wrap=True)


@slack.command()
def rekey() -> None:
    """Seal all tokens anew: with a new key, or with the first of STOREKEEPER_SECRET_KEY."""
    from bot.sealing import SealedAway
    from bot.slack.vault import Vault

    wiring = open_installation()
    vault = Vault(wiring.engine, wiring.keyring, wiring.desk.clock)
    try:
        count = vault.reseal(renews=not wiring.keyring.is_given)
    except SealedAway:
        raise refusal(
            "A token is sealed with a key that is not there; nothing was changed. "
            "Bring the file secret.key back, or name the old key in STOREKEEPER_SECRET_KEY behind the new one."
        ) from None
    out.print(f"The tokens of {count} {'workspace is' if count == 1 else 'workspaces are'} sealed anew.")
