"""The functions that jobs may name. A job carries a row's number and may run twice."""

from functools import partial

from redis import Redis
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from notifier import bookings, delivery, pictures
from notifier.delivery import Tools
from notifier.lanes import Lanes
from notifier.relay import QUEUES, Enqueue

_FUNCTIONS = {
    **dict.fromkeys(QUEUES.values(), "notifier.jobs.deliver"),
    "carriers": "notifier.jobs.book",
    "charts": "notifier.jobs.draw",
}
_TIME_LIMIT_S = 45
_RETRY = Retry(max=3)
"""At once, for a worker that was killed: when to try a failed delivery again is for the database to say."""

_tools: list[Tools] = []
_lanes = Lanes()


def equip(tools: Tools) -> None:
    """Give this worker what its jobs work with; called once, before the first job."""
    _tools[:] = [tools]


def deliver(delivery_id: int) -> None:
    """Bring one message up to date, beside others that are on their way; waits while there are too many.

    The job is over before the message has arrived: its lease tells whether it was, should this process die.
    """
    _lanes.run(partial(delivery.deliver, _tools[0], delivery_id))


def book(document_id: int) -> None:
    """Book one delivery with its carrier."""
    bookings.book(_tools[0].desk, _tools[0].carriers, document_id)


def draw(picture_id: int) -> None:
    """Draw one picture."""
    pictures.draw(_tools[0].desk, picture_id)


def enqueuer(redis: Redis) -> Enqueue:
    """Return a function that queues a job for a row."""
    queues = {name: Queue(name, connection=redis, serializer=JSONSerializer) for name in _FUNCTIONS}

    def enqueue(queue: str, number: int) -> None:
        queues[queue].enqueue(
            _FUNCTIONS[queue],
            number,
            job_timeout=_TIME_LIMIT_S,
            result_ttl=0,
            failure_ttl=86_400,
            retry=_RETRY,
        )

    return enqueue
