"""The sync process forwards what the box says, watches every ring, tells what it finds, and obeys `sweep`."""

import multiprocessing as mp
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from collector.links import Channel, Ring, RingReader, RingWriter, create_rings
from collector.processes.sync import Sync
from hardware.clock.fit import ClockFit
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused
from hardware.samples import (
    BoxStatus,
    ClockPing,
    DeviceInfo,
    LedFlash,
    Stamp,
    TimeSource,
    TriggerEdge,
    monotonic_ns,
)
from tests.collector.watch_streams import EXPOSURE_US, rig

Message = TriggerEdge | LedFlash | ClockPing | BoxStatus | DeviceError


@dataclass
class ScriptedBox:
    """Says what the test puts in; a ping's answer comes at once."""

    says: deque[Message] = field(default_factory=deque[Message])
    swept: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    refuses: bool = False
    clock: ClockFit | None = None
    damaged: int = 0

    def info(self) -> DeviceInfo:
        return DeviceInfo("trigger", "scripted", "", "", "", {})

    def start(self) -> None: ...

    def ping(self) -> None:
        now = monotonic_ns()
        self.says.append(ClockPing(0, now, now, now, now))

    def sweep(self, width_us: int, span_us: int) -> None:
        if self.refuses:
            raise DeviceRefused("trigger", "the box refused SWEEP (range); use a shorter flash")
        self.swept.append((width_us, span_us))

    def read(self, timeout_s: float) -> TriggerEdge | LedFlash | ClockPing | BoxStatus | None:
        said = self.says.popleft() if self.says else None
        if isinstance(said, DeviceError):
            raise said
        return said

    def close(self) -> None: ...


class Bench:
    """A sync process without a process."""

    def __init__(self) -> None:
        self.rings: dict[str, Ring] = create_rings(rig())
        links = {name: ring.address for name, ring in self.rings.items()}
        self.daemon, theirs = mp.Pipe()
        self._theirs = theirs
        self.box = ScriptedBox()
        self.readers = {name: RingReader(links[name]) for name in ("trigger", "trigger/flashes", "trigger/pings")}
        self.frames = RingWriter(links["cameras/side"])
        self.sync = Sync(self.box, rig(), links, Channel(theirs))

    def run_until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Steps until such a report came up."""
        deadline = monotonic_ns() + 30_000_000_000
        while monotonic_ns() < deadline:
            self.sync.step()
            while self.daemon.poll():
                said, data = self.daemon.recv()
                if said == kind and all(data.get(key) == value for key, value in wanted.items()):
                    return data
        raise AssertionError(f"no report {kind} {wanted}")

    def close(self) -> None:
        self.sync.__exit__()
        for end in (self.frames, *self.readers.values(), *self.rings.values(), self.daemon, self._theirs):
            end.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def _stamp(seq: int) -> Stamp:
    now = monotonic_ns()
    return Stamp(now, 50_000, now, now, seq, TimeSource.DEVICE)


def _frame(seq: int, exposure_us: int) -> tuple[int, ...]:
    now = monotonic_ns()
    return (now, 8_000_000, seq * 16_667, now, seq, exposure_us, -1)


def test_what_the_box_says_goes_into_its_rings(bench: Bench) -> None:
    bench.box.says += [TriggerEdge(_stamp(5), 0, True), LedFlash(_stamp(5), 3_000_000), BoxStatus(1, 0, 0, 0)]
    status = bench.run_until("status", edges=1)
    assert status["box"]["edges"] == 1
    assert bench.readers["trigger"].drain()["seq"].tolist() == [5]
    flashes = bench.readers["trigger/flashes"].drain()
    assert (flashes["seq"].tolist(), flashes["width_ns"].tolist()) == ([5], [3_000_000])
    assert len(bench.readers["trigger/pings"].drain()) > 0


def test_a_fault_of_another_process_stream_is_reported_and_stays_in_the_status(bench: Bench) -> None:
    bench.frames.write(_frame(1, EXPOSURE_US))
    bench.frames.write(_frame(2, 2 * EXPOSURE_US))
    finding = bench.run_until("finding", stream="cameras/side")
    assert finding["name"] == "exposure changed"
    assert str(2 * EXPOSURE_US) in finding["text"]
    status = bench.run_until("status")
    assert status["streams"]["cameras/side"]["age_s"] < 30
    assert [one["name"] for one in status["findings"] if one["stream"] == "cameras/side"][-1:] == ["exposure changed"]


def test_a_stream_whose_writer_died_is_silent_and_nothing_else(bench: Bench) -> None:
    bench.frames.write(_frame(1, EXPOSURE_US))
    bench.frames.close()
    assert bench.run_until("finding", stream="cameras/side")["name"] == "silent"
    bench.frames = RingWriter(bench.rings["cameras/side"].address)


def test_a_sweep_is_passed_on_and_a_refusal_is_told(bench: Bench) -> None:
    bench.daemon.send(("sweep", {"width_us": 3000, "span_us": 16_000}))
    assert bench.run_until("sweep")["problem"] == ""
    assert bench.box.swept == [(3000, 16_000)]
    bench.box.refuses = True
    bench.daemon.send(("sweep", {"width_us": 90_000, "span_us": 16_000}))
    assert "refused" in bench.run_until("sweep", width_us=90_000)["problem"]


def test_a_fault_that_the_box_survives_is_a_finding_and_the_process_goes_on(bench: Bench) -> None:
    bench.box.says.append(DeviceError("trigger", "the box restarted; it is set up again"))
    finding = bench.run_until("finding", stream="trigger")
    assert finding["name"] == "box fault"
    assert "restarted" in finding["text"]
    bench.box.says.append(TriggerEdge(_stamp(0), 0, True))
    assert bench.run_until("status", edges=1)["faults"] == 1


def test_a_box_that_is_gone_ends_the_process(bench: Bench) -> None:
    bench.box.says.append(DeviceLost("trigger", "the port is gone"))
    with pytest.raises(DeviceLost, match="port is gone"):
        bench.run_until("never")


def test_figures_can_be_sent_to_clients(bench: Bench) -> None:
    status = bench.run_until("status")
    assert set(status["streams"]) == {
        "trigger",
        *(f"cameras/{name}" for name in rig().cameras),
        "leaders/right",
        "arms/right",
    }
    assert all(np.isfinite(v) for one in status["streams"].values() for v in one.values() if v is not None)
