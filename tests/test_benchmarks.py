"""The measurements run, and write what scripts read; how fast anything is, no test says."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import acts, backlog, crowd, flows, messages, pictures, postgres, reads, stock, taps, telegram
from benchmarks.rounds import Measured


@pytest.mark.parametrize(
    "room", [stock, postgres, reads, flows, acts, messages, pictures, taps, telegram], ids=lambda room: room.__name__
)
def test_each_measurement_is_of_the_same_work_on_both_sides(room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "REST_S", 0.1)
    with room.pairs(scale=200) as pairs:
        measured = [pair.measure(rounds=1) for pair in pairs]
    assert measured or room is postgres
    assert all(each.ours > 0 and each.floor > 0 for each in measured)


def test_a_backlog_is_sent_whole_and_what_was_refused_is_counted() -> None:
    with backlog.pairs(scale=25) as measured:
        sent, whole, refused = [each.measure() for each in measured]
    assert (sent.name, sent.floor, refused.floor) == ("send.telegram.backlog", 30.0, 40.0)
    assert sent.ours > 0 and whole.ours > 0 and refused.ours >= 0


@pytest.mark.nightly
def test_reads_are_measured_at_ten_million_lines() -> None:
    with reads.pairs(lines=10_000_000) as pairs:
        bench.show([pair.measure() for pair in pairs])


def test_what_is_written_is_what_scripts_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Room:
        """One pair that was measured already."""

        name = "posting.single.sqlite"

        def measure(self) -> Measured:
            return Measured(self.name, 80.0, 100.0, "lines/s")

        def __enter__(self) -> list["Room"]:
            return [self]

        def __exit__(self, *_: object) -> None:
            """Nothing to put away."""

    monkeypatch.setitem(bench.ROOMS, "posting", (Room,))
    assert bench.main("posting", out=tmp_path / "build" / "bench.json") == 0
    assert json.loads((tmp_path / "build" / "bench.json").read_text()) == [
        {"name": "posting.single.sqlite", "ours": 80.0, "floor": 100.0, "unit": "lines/s", "ratio": 0.8}
    ]


def test_a_name_that_nothing_has_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert bench.main("nothing", out=tmp_path / "x.json") == 2
    assert "names begin with posting" in capsys.readouterr().err
