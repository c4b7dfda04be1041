"""The pace at which platforms are called, kept for all processes of an installation on its queue's server.

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

from bot.pace import OwnKeeper, Rate, Turn, Use, Window

log = structlog.get_logger()

_PREFIX: Final = "storekeeper:pace:"
_ANSWER_S: Final = 0.25
_AWAY_S: Final = 5.0
"""So long a server that did not answer is not asked again, so that a call does not wait for it each time."""

_DRIFT_S: Final = 0.05
"""By so much a process's own clock may lag behind the answer of the server."""
_MS: Final = 1_000
_CLOCK: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
"""
_TAKE: Final = (
    _CLOCK
    + """
local wait, of = 0, {}
for i, key in ipairs(KEYS) do
    local kind, step = ARGV[4 * i - 2], tonumber(ARGV[4 * i - 1])
    local most, count = tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1])
    of[i] = {kind = kind, step = step, most = most, count = count}
    local free = now
    if kind == 'rate' then
        of[i].unused = tonumber(redis.call('GET', key) or now)
        free = math.max(of[i].unused, now) + (math.min(count, most) - most) * step
    else
        local last, first = redis.call('LINDEX', key, 0), redis.call('LINDEX', key, most - 1)
        free = math.max(tonumber(last or now), tonumber(first or now - step) + step)
    end
    wait = math.max(wait, free - now)
end
if wait > tonumber(ARGV[1]) then return {string.format('%.3f', wait), 0} end
local at = now + wait
for i, key in ipairs(KEYS) do
    local each = of[i]
    if each.count > 0 and each.kind == 'rate' then
        local unused = math.max(each.unused, at) + math.min(each.count, each.most) * each.step
        redis.call('SET', key, string.format('%.3f', unused), 'PX', math.ceil(unused - now) + 1)
    elseif each.count > 0 then
        redis.call('LPUSH', key, string.format('%.3f', at))
        redis.call('LTRIM', key, 0, each.most - 1)
        redis.call('PEXPIRE', key, math.ceil(at - now + each.step) + 1)
    end
end
return {string.format('%.3f', wait), 1}
"""
)
_CLOSE: Final = (
    _CLOCK
    + """
local kind, step, most, shut = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if kind == 'rate' then
    local unused = math.max(now + shut + (most - 1) * step, tonumber(redis.call('GET', KEYS[1]) or now))
    redis.call('SET', KEYS[1], string.format('%.3f', unused), 'PX', math.ceil(unused - now) + 1)
else
    redis.call('DEL', KEYS[1])
    for _ = 1, most do redis.call('LPUSH', KEYS[1], string.format('%.3f', now + shut - step)) end
    redis.call('PEXPIRE', KEYS[1], math.ceil(shut) + 1)
end
"""
)
_INHERIT: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('COPY', KEYS[1], KEYS[2])
end
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
        wanted = [value for each in uses for value in (*_of(each.limit), each.count)]
        told = self._ask(_TAKE, [each.key for each in uses], [patience_s * _MS, *wanted])
        wait_s, is_taken = (float(told[0]) / _MS, bool(int(told[1]))) if told else (0.0, True)
        if not is_taken:
            return Turn(wait_s, is_taken=False)
        # it knows of a platform's wishes even if the server was wiped
        own = self._own.take(uses, patience_s=patience_s + (_DRIFT_S if told and patience_s >= 0 else 0.0))
        return Turn(max(wait_s, own.wait_s), own.is_taken)

    def close(self, use: Use, *, for_s: float) -> None:
        self._own.close(use, for_s=for_s)
        self._ask(_CLOSE, [use.key], [*_of(use.limit), for_s * _MS])

    def inherit(self, use: Use, from_key: str) -> None:
        self._own.inherit(use, from_key)
        self._ask(_INHERIT, [from_key, use.key], [])

    def _ask(self, script: str, keys: Sequence[str], values: Sequence[str | float]) -> list[bytes] | None:
        """Return what the server says, or None while it is away."""
        if self._clock() < self._away_until:
            return None
        try:
            told = self._server().eval(script, len(keys), *(_PREFIX + each for each in keys), *values)
        except (RedisError, OSError) as error:
            log.warning("pace_is_own", error=type(error).__name__)
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


def _of(limit: Rate | Window) -> tuple[str, float, int]:
    """Return a limit as the scripts take it: its kind, its step or span in milliseconds, and how many at most."""
    match limit:
        case Rate(burst=burst):
            return "rate", limit.apart_s * _MS, burst
        case Window(count, span_s):
            return "window", span_s * _MS, count
