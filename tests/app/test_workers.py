"""A worker runs the one function of its queue and nothing else, whoever wrote the job."""

import pickle
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Callback, Queue, Retry
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from app.valkey import embedded_server
from tests.tools import eventually

_WORKER = """
import sys
from pathlib import Path
from app.workers import run_worker
name, url, ready, jobs_max = sys.argv[1:]
sys.exit(run_worker(name, redis_url=url, on_ready=Path(ready).touch, jobs_max=int(jobs_max)))
"""


class Bench:
    """A queue server and a worker on it."""

    def __init__(self, folder: Path, queue: str) -> None:
        self.folder = folder
        self.trace = folder / "executed"
        server = embedded_server(folder)
        server.prepare()
        self.server = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
        assert eventually(server.is_ready)
        self.redis = Redis.from_url(server.url)
        self.url = server.url
        self.queue = Queue(queue, connection=self.redis, serializer=JSONSerializer)
        self.worker: subprocess.Popen[bytes] | None = None

    def start_worker(self, *, jobs_max: int = 100) -> None:
        ready = self.folder / f"ready-{uuid.uuid4().hex}"
        self.worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, self.queue.name, self.url, str(ready), str(jobs_max)]
        )
        assert eventually(lambda: ready.exists() or self.worker.poll() is not None)

    def failed(self) -> list[str]:
        return FailedJobRegistry(queue=self.queue).get_job_ids()

    def why(self, job: Job) -> str:
        return str(job.latest_result().exc_string)

    def close(self) -> None:
        for process in filter(None, (self.worker, self.server)):
            process.kill()
            process.wait()


@pytest.fixture(params=["notify", "charts"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(tmp_path, request.param)
    yield bench
    bench.close()


def test_a_job_that_names_another_function_fails_without_being_run(bench):
    bench.start_worker()
    job = bench.queue.enqueue("os.system", f"touch {bench.trace}", retry=Retry(max=3))
    assert eventually(lambda: bench.failed() == [job.id])
    assert "JobRefusedError" in bench.why(job)
    assert not bench.trace.exists()
    assert bench.worker.poll() is None


def test_the_function_of_another_queue_is_refused_too(bench):
    bench.start_worker()
    other = {"notify": "notifier.jobs.draw", "charts": "notifier.jobs.deliver"}[bench.queue.name]
    job = bench.queue.enqueue(other, 1)
    assert eventually(lambda: bench.failed() == [job.id])
    assert "JobRefusedError" in bench.why(job)


def test_a_pickle_is_refused_unread(bench):
    job = bench.queue.enqueue("os.getpid")
    bench.redis.hset(job.key, "data", pickle.dumps(Bomb(bench.trace)))
    bench.start_worker()
    assert eventually(lambda: bench.failed() == [job.id])
    assert "DeserializationError" in bench.why(job)
    assert not bench.trace.exists()
    assert bench.worker.poll() is None


def test_a_refused_job_calls_nobody_back(bench):
    bench.start_worker()
    job = bench.queue.enqueue(
        "os.getpid", on_failure=Callback("os.abort"), on_success=Callback("os.abort"), on_stopped=Callback("os.abort")
    )
    assert eventually(lambda: bench.failed() == [job.id])
    assert bench.worker.poll() is None


def test_what_is_no_job_at_all_is_dropped_and_the_worker_goes_on(bench):
    bench.start_worker()
    bench.redis.hset("rq:job:junk", mapping={"data": b"\x80junk", "created_at": "yesterday", "timeout": "soon"})
    bench.redis.rpush(bench.queue.key, "junk", "absent")
    job = bench.queue.enqueue("os.getpid")
    assert eventually(lambda: bench.failed() == [job.id])
    assert bench.worker.poll() is None
    assert not bench.redis.exists("rq:job:junk")


def test_a_worker_makes_room_for_a_fresh_one_after_so_many_jobs(bench):
    for _ in range(3):
        bench.queue.enqueue("os.getpid")
    bench.start_worker(jobs_max=2)
    assert bench.worker.wait() == 0
    assert len(bench.failed()) == 2


def test_a_worker_stops_when_asked(bench):
    bench.start_worker()
    bench.worker.send_signal(signal.SIGTERM)
    assert bench.worker.wait() == 0


def test_a_worker_that_loses_the_queue_ends_with_an_error(bench):
    bench.start_worker()
    bench.server.kill()
    assert bench.worker.wait() == 1


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.trace,)
