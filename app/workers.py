"""The processes that take jobs from the queues: one function a queue that a job may name.

Whoever can write to the queue can name any function in a job. So a job is run only if it names the function of its
queue; any other is refused: it fails, with nothing imported, called back or sent.
"""

import contextlib
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import redis
from redis import Redis
from rq import Queue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, SimpleWorker, SpawnWorker, Worker

from app.child import end_with_parent
from app.credentials import masked
from app.threads import share_often

QueueName = Literal["notify", "charts"]

ENTRY_POINTS: Final[Mapping[str, str]] = {
    "urgent": "notifier.jobs.deliver",
    "notify": "notifier.jobs.deliver",
    "later": "notifier.jobs.deliver",
    "carriers": "notifier.jobs.book",
    "charts": "notifier.jobs.draw",
}
"""The one function that a job of each queue may name."""

_QUEUES: Final[Mapping[QueueName, tuple[str, ...]]] = {
    "notify": ("urgent", "notify", "later", "carriers"),
    "charts": ("charts",),
}
"""What each kind of worker takes, the first queue first: a carrier is told by who tells people, when nobody waits."""

_LOST: Final = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)
_JOBS_MAX: Final = 5_000
_CONNECT_S: Final = 10.0
_RESULT_TTL_S: Final = 60

_log = logging.getLogger("app.workers")


class JobRefusedError(Exception):
    """A job names something that its queue does not run."""


class QueueLostError(Exception):
    """The queue's server is gone; the worker ends, and whoever started it starts it again."""


class ListedJob(Job):
    """A job that resolves to the function of its queue, or to nothing."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.instance is not None or self.func_name != ENTRY_POINTS.get(self.origin):
            raise JobRefusedError("this queue does not run what the job names")
        function: Callable[..., Any] = super().func
        return function

    @property
    def should_retry(self) -> bool:
        return self._is_listed() and bool(super().should_retry)

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, status: object, *, exc_string: str | None = None) -> None:
        """Send nothing: our jobs have no webhooks, and another's are not to be called."""

    def _handle_failure(self, exc_string: str, *args: Any, **named: Any) -> None:
        super()._handle_failure(masked(exc_string), *args, **named)  # an exception's text may hold a token in a URL

    def _is_listed(self) -> bool:
        try:
            return bool(self.func_name == ENTRY_POINTS.get(self.origin))
        except Exception:  # whatever the bytes of a foreign job raise
            return False


class ListedQueue(Queue):
    """A queue that drops what is not a job at all, and says so when its server is gone."""

    job_class = ListedJob

    @classmethod
    def dequeue_any(cls, *args: Any, **named: Any) -> tuple[Job, Queue] | None:
        try:
            return super().dequeue_any(*args, **named)
        except _LOST as error:
            raise QueueLostError("the queue's server is gone") from error

    @classmethod
    def _fetch_dequeued_job(
        cls, connection: Redis, queue_key: str, job_id: str, *args: Any, **named: Any
    ) -> tuple[Job, Queue] | None:
        try:
            return super()._fetch_dequeued_job(connection, queue_key, job_id, *args, **named)
        except _LOST:
            raise
        except Exception as error:
            queue = cls.from_queue_key(queue_key, connection=connection, job_class=ListedJob, serializer=JSONSerializer)
            queue.intermediate_queue.remove(job_id)
            connection.delete(ListedJob.key_for(job_id))
            _log.warning("job_dropped queue=%s reason=%s", queue.name, type(error).__name__)
            return None


class _Ours(BaseWorker):
    """What both kinds of worker share: they tell when they are ready, and why they ended."""

    job_class = ListedJob
    queue_class = ListedQueue
    on_ready: Callable[[], None] = staticmethod(lambda: None)
    jobs_max = _JOBS_MAX
    jobs_done = 0
    was_asked_to_stop = False

    def bootstrap(self, *args: Any, **named: Any) -> None:
        super().bootstrap(*args, **named)
        # RQ would listen for signals only after this: whoever waits until it is ready may stop it at once.
        self._install_signal_handlers()  # type: ignore[no-untyped-call]
        self.on_ready()

    def execute_job(self, job: Job, queue: Queue) -> None:
        super().execute_job(job, queue)
        self.jobs_done += 1

    def heartbeat(self, *args: Any, **named: Any) -> None:
        try:
            super().heartbeat(*args, **named)
        except _LOST as error:
            raise QueueLostError("the queue's server is gone") from error

    def request_stop(self, signum: int, frame: Any) -> None:
        self.was_asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    @property
    def has_ended_well(self) -> bool:
        return self.was_asked_to_stop or self.jobs_done >= self.jobs_max


class NotifyWorker(_Ours, SimpleWorker):
    """Runs short jobs in its own process, some 250 a second."""


class ChartsWorker(_Ours, SpawnWorker if sys.platform == "darwin" else Worker):  # type: ignore[misc]
    """Runs each job in a process of its own, so that a drawing library can't leak or hang for long."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        end_with_parent(signal.SIGKILL, parent=int(self.pid or 0))
        super().main_work_horse(job, queue)


def run_worker(name: QueueName, *, redis_url: str, on_ready: Callable[[], None], jobs_max: int = _JOBS_MAX) -> int:
    """Take jobs until asked to stop, or to make room for a fresh process after ``jobs_max`` jobs.

    Returns the process's exit code: 0 after either, 1 when the queue's server was lost. ``on_ready`` is called once
    the worker listens.
    """
    share_often()
    connection = Redis.from_url(redis_url)
    _wait_for(connection)
    kind = NotifyWorker if name == "notify" else ChartsWorker
    worker = kind(
        list(_QUEUES[name]),
        connection=connection,
        serializer=JSONSerializer,
        default_result_ttl=_RESULT_TTL_S,
        log_job_description=False,
    )
    worker.jobs_max = jobs_max
    worker.on_ready = on_ready
    worker.log_result_lifespan = False
    with contextlib.suppress(QueueLostError, StopRequested, *_LOST):
        worker.work(logging_level="WARNING", max_jobs=jobs_max)
    return 0 if worker.has_ended_well else 1


def backlog(redis_url: str) -> dict[str, dict[str, int]]:
    """Return, for each queue, how many jobs wait, run, wait for another try, and have failed."""
    connection = Redis.from_url(redis_url)
    queues = {name: Queue(name, connection=connection, serializer=JSONSerializer) for name in ENTRY_POINTS}
    return {
        name: {
            "waiting": queue.count,
            "running": queue.started_job_registry.count,
            "to be tried again": queue.scheduled_job_registry.count,
            "failed": queue.failed_job_registry.count,
        }
        for name, queue in queues.items()
    }


def _wait_for(connection: Redis) -> None:
    """Wait for the server that is started at the same time as this process. Raises its error after ten seconds."""
    end = time.monotonic() + _CONNECT_S
    while True:
        try:
            connection.ping()
            return
        except redis.exceptions.RedisError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)
