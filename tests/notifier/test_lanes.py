"""Several messages on their way at once, and never more than there are lanes."""

import threading

import structlog

from notifier.lanes import Lanes
from tests.tools import eventually


def test_so_many_are_on_their_way_and_the_next_waits_for_a_lane() -> None:
    lanes, may_go = Lanes(2), threading.Event()
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        assert may_go.wait(10)

    def give() -> None:
        for number in range(3):
            lanes.run(lambda number=number: work(number))  # type: ignore[misc]

    giver = threading.Thread(target=give)
    giver.start()
    assert eventually(lambda: len(begun) == 2)
    assert giver.is_alive()
    may_go.set()
    giver.join(10)
    assert eventually(lambda: sorted(begun) == [0, 1, 2])


def test_a_bug_frees_its_lane_and_is_logged() -> None:
    lanes, done = Lanes(1), threading.Event()

    def broken() -> None:
        raise RuntimeError("a bug, say")

    with structlog.testing.capture_logs() as logs:
        lanes.run(broken)
        lanes.run(done.set)
        assert done.wait(10)
    assert [(each["event"], each["error"]) for each in logs] == [("delivery_broke", "RuntimeError")]
