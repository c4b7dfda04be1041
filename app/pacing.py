"""The pace at which Slack is called, kept for all processes of an installation on its queue's server.

The server is a cache of it: while it is away, and after it was wiped, each process keeps a pace of its own.
"""

import os
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.slack.pace import OwnKeeper, Turn, Use

log = structlog.get_logger()

_PREFIX: Final = "storekeeper:pace:"
_ANSWER_S: Final = 0.25
_AWAY_S: Final = 5.0
"""So long a server that did not answer is not asked again, so that a call does not wait for it each time."""

_MS: Final = 1_000
_TAKE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local wait, after = 0, {}
for i, key in ipairs(KEYS) do
    local apart, burst, count = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
    after[i] = math.max(tonumber(redis.call('GET', key) or now), now) + math.min(count, burst) * apart
    wait = math.max(wait, after[i] - burst * apart - now)
end
if wait <= tonumber(ARGV[1]) then
    for i, key in ipairs(KEYS) do
        redis.call('SET', key, string.format('%.3f', after[i]), 'PX', math.ceil(after[i] - now) + 1)
    end
    return {string.format('%.3f', wait), 1}
end
return {string.format('%.3f', wait), 0}
"""
_CLOSE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local unused = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or now))
redis.call('SET', KEYS[1], string.format('%.3f', unused), 'PX', math.ceil(unused - now) + 1)
"""


class SharedKeeper:
    """Keeps the limits for every process that has the same server. May be used from any thread, and after a fork."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = redis_url
        self._clock = clock
        self._own = OwnKeeper(clock)
        self._away_until = 0.0
        self._process = 0
        self._redis: Redis

    def take(self, uses: Sequence[Use], *, patience_s: float) -> Turn:
        wanted = [value for each in uses for value in (each.rate.apart_s * _MS, each.rate.burst, each.count)]
        told = self._ask(_TAKE, [each.key for each in uses], [patience_s * _MS, *wanted])
        wait_s, is_taken = (float(told[0]) / _MS, bool(int(told[1]))) if told else (0.0, True)
        if not is_taken:
            return Turn(wait_s, is_taken=False)
        own = self._own.take(uses, patience_s=patience_s)  # it knows of Slack's wishes even if the server was wiped
        return Turn(max(wait_s, own.wait_s), own.is_taken)

    def close(self, use: Use, *, for_s: float) -> None:
        self._own.close(use, for_s=for_s)
        self._ask(_CLOSE, [use.key], [(for_s + (use.rate.burst - 1) * use.rate.apart_s) * _MS])

    def _ask(self, script: str, keys: Sequence[str], values: Sequence[float]) -> list[bytes] | None:
        """Return what the server says, or None while it is away."""
        if self._clock() < self._away_until:
            return None
        try:
            told = self._server().eval(script, len(keys), *(_PREFIX + each for each in keys), *values)
        except (RedisError, OSError) as error:
            log.warning("slack_pace_is_own", error=type(error).__name__)
            self._away_until = self._clock() + _AWAY_S
            return None
        return list(told) if isinstance(told, list) else None

    def _server(self) -> Redis:
        if self._process != os.getpid():
            self._redis = Redis.from_url(
                self._url, socket_timeout=_ANSWER_S, socket_connect_timeout=_ANSWER_S, retry=Retry(NoBackoff(), 0)
            )
            self._process = os.getpid()
        return self._redis
