"""Which token serves a workspace: its own, refreshed in time and once for all processes, or the environment's.

A refresh token is good once. So whoever refreshes holds a lease on the workspace's row, and the new pair is committed
before anybody uses it; the others wait for it. Should a process end between Slack's answer and the commit, the next one
to try is refused by Slack, and the administrators are told that the app must be installed again.
"""

import datetime as dt
import hashlib
import time
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import OperationalError

from bot.channel import DeliveryError
from bot.sealing import SealedAway
from bot.slack.oauth import Granted, OAuth, OAuthRefused
from bot.slack.vault import Kind, Row, Vault
from inventory_core.db.engine import reading, writing
from workflows import workspaces
from workflows.workspaces import Workspace

log = structlog.get_logger()

_BEFORE: Final = dt.timedelta(hours=2)
"""So long before its end a token is refreshed: it lives for twelve hours."""
_SPARE: Final = dt.timedelta(seconds=5)
_LEASE: Final = dt.timedelta(seconds=30)
_PAUSE: Final = dt.timedelta(seconds=15)
_PATIENCE_S: Final = 12.0
_LOOK_EVERY_S: Final = 0.02
_COMMIT_TRIES: Final = 5


def nobodys(_workspace: str) -> str:
    """The token of a way to Slack that is used in no workspace's name."""
    raise DeliveryError("not_installed", permanent=True)


class Tokens:
    """Gives each workspace its token. May be used from any thread; blocks while a token is being refreshed.

    ``environment`` is the token that counts wherever the app was not installed by OAuth; without ``oauth`` none can be
    refreshed.
    """

    def __init__(self, vault: Vault, *, oauth: OAuth | None = None, environment: str | None = None) -> None:
        self.vault: Final = vault
        self.oauth: Final = oauth
        self.environment: Final = environment
        self._environment_hash = hashlib.sha256(environment.encode()).hexdigest() if environment else ""

    def token_of(self, workspace: str) -> str:
        """Return a workspace's bot token. Raises DeliveryError."""
        found, row = self._serving(workspace)
        if row is not None:
            return self._fresh(row)
        if self.environment is None or not self._counts(found):
            raise DeliveryError("not_installed", permanent=True)
        return self.environment

    def serves(self, workspace: str) -> bool:
        """Tell whether there is a token for a workspace; one of the environment that is new opens it again."""
        found, row = self._serving(workspace)
        if row is not None:
            return True
        if self.environment is None or not self._counts(found):
            return False
        if found is not None and found.state != "installed" and found.refused != self._environment_hash:
            self.vault.works(workspace)
        return True

    def keep_good(self) -> None:
        """Renew the tokens that are about to expire before a message needs them, and find those that were lost."""
        with reading(self.vault.engine) as db:
            teams = [each.team for each in workspaces.known(db) if each.state != "removed"]
        for team in teams:
            with suppress(DeliveryError):
                self.token_of(team)

    def is_given_anew(self) -> bool:
        """Tell whether the environment's token may be a new one for a workspace where another did not work."""
        with reading(self.vault.engine) as db:
            refused = {each.refused for each in workspaces.known(db)} - {""}
        return self.environment is not None and bool(refused) and self._environment_hash not in refused

    def serves_itself(self, team: str) -> bool:
        """Tell whether a workspace, or an organisation, holds a token of its own."""
        row = self.vault.row(team)
        return row is not None and bool(row.token)

    def _serving(self, workspace: str) -> tuple[Workspace | None, Row | None]:
        """Return what is known of a workspace, and the stored token that serves it, if one does."""
        found, row = self.vault.find(workspace)
        is_shut_out = found is not None and found.state == "removed"  # by its organisation, which has the app still
        return found, row if row is not None and row.token and not is_shut_out else None

    def _counts(self, found: Workspace | None) -> bool:
        """Tell whether the environment's token may be used: not where its very app was taken away."""
        return found is None or found.state != "removed" or found.refused != self._environment_hash

    def cover(self, workspace: str, *, organisation: str) -> None:
        """Let the installation of a whole organisation serve one of its workspaces."""
        found, _ = self.vault.find(workspace)
        own = self.vault.row(workspace)
        is_covered = found is not None and found.via == organisation and found.state == "installed"
        if is_covered or (own is not None and own.token):
            return
        with writing(self.vault.engine) as db:
            workspaces.cover(db, workspace, via=organisation, now=self.vault.clock())

    def install(self, granted: Granted, *, employee_id: int | None) -> None:
        """Keep what Slack gave, sealed; a workspace that had the app before is open again."""
        self.vault.install(granted, employee_id=employee_id)
        log.info("slack_installed", team=granted.team)

    def remove(self, team: str, reason: str, *, at: dt.datetime) -> None:
        """Forget the tokens of a workspace that took the app away at a moment, unless it was installed since."""
        now, refused = self.vault.clock(), self._environment_hash
        with writing(self.vault.engine) as db:
            is_news = workspaces.removed(db, team, reason, at=at, now=now, refused=refused)
        if is_news:
            log.warning("slack_removed", team=team, reason=reason)

    def refused(self, workspace: str, token: str, why: str) -> None:
        """Note that Slack does not take a workspace's token; one that was replaced meanwhile is no matter."""
        _, row = self._serving(workspace)
        if row is None:
            if token == self.environment:
                self._broke(workspace, why, refused=self._environment_hash)
        elif self._unseal(row, "token") == token:
            if why == "token_expired" and row.refresh and self.oauth is not None:
                self.vault.expire(row)
            else:
                self._broke(row.team, why, of=row)

    def _fresh(self, row: Row) -> str:
        """Return a row's token, refreshed if it is about to expire: by this process, or by another that is at it."""
        patience = time.monotonic() + _PATIENCE_S
        while row.refresh and row.expires_at is not None and self.oauth is not None:
            now = self.vault.clock()
            if row.expires_at > now + _BEFORE:
                break
            is_good = row.expires_at > now + _SPARE
            is_lost = row.state == "broken" and row.reason == "refresh_lost"
            is_paused = row.leased_until > now and not row.leased_by
            if is_lost or is_paused or time.monotonic() > patience:
                if is_good:
                    break  # there is time to try again, or to install the app again
                raise DeliveryError("bad_token" if is_lost else "no_token", permanent=False)
            if leased := self.vault.lease(row, life=_LEASE):
                self._refresh(leased, self.oauth)
            else:
                time.sleep(_LOOK_EVERY_S)
            known = self.vault.row(row.team)
            if known is None or not known.token:
                raise DeliveryError("not_installed", permanent=True)
            row = known
        return self._unseal(row, "token")

    def _refresh(self, row: Row, oauth: OAuth) -> None:
        """Get a new pair and commit it, or note why there is none."""
        used = self._unseal(row, "refresh")
        try:
            granted = oauth.refresh(used)
        except OAuthRefused as refused:
            log.error("slack_refresh_refused", team=row.team, why=refused.word)
            if refused.is_ours or refused.is_final:
                self._broke(row.team, "client_refused" if refused.is_ours else "refresh_lost", of=row)
            self.vault.pause(row, life=_PAUSE)
        except DeliveryError as error:
            log.warning("slack_refresh_waits", team=row.team, code=error.code)
            self.vault.pause(row, life=_PAUSE)
        else:
            self._put(row, granted)

    def _put(self, row: Row, granted: Granted) -> None:
        """Commit a new pair. It alone counts from now on, so a database that is away for a moment is tried again."""
        for attempt in range(1, _COMMIT_TRIES + 1):
            try:
                self.vault.put(row, granted)
            except OperationalError:
                if attempt == _COMMIT_TRIES:
                    raise
                time.sleep(0.2 * attempt)
            else:
                log.info("slack_token_refreshed", team=row.team)
                return

    def _unseal(self, row: Row, kind: Kind) -> str:
        """Return a token in clear. Raises DeliveryError where its key is gone, until that is there again."""
        try:
            token = self.vault.open(row, kind)
        except SealedAway:
            self._broke(row.team, "sealed_away")
            raise DeliveryError("bad_token", permanent=False) from None
        if row.state == "broken" and row.reason == "sealed_away":
            self.vault.works(row.team)
        return token

    def _broke(self, team: str, reason: str, *, refused: str = "", of: Row | None = None) -> None:
        if self.vault.broke(team, reason, refused=refused, of=of):
            log.error("slack_broken", team=team, reason=reason)
