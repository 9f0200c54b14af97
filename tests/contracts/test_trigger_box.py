"""What any driver of a trigger box must do (hardware.interfaces.TriggerBox). A new driver adds a factory."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from hardware.config import SerialBoxConfig
from hardware.interfaces import TriggerBox
from hardware.samples import LedFlash, TimeSource, TriggerEdge, monotonic_ns
from hardware.trigger.box import SerialTriggerBox
from tests.hardware.trigger.firmware.vm import chip
from tests.virtual_box import bench, hear

Factory = Callable[[], AbstractContextManager[TriggerBox]]


@contextmanager
def serial_listening() -> Generator[TriggerBox, None, None]:
    with bench("listen") as far_end:
        far_end.start_cameras()
        yield far_end.open()


@contextmanager
def serial_driving() -> Generator[TriggerBox, None, None]:
    with bench("drive") as far_end:
        yield far_end.open()


@contextmanager
def serial_on_the_firmware() -> Generator[TriggerBox, None, None]:
    with TemporaryDirectory() as folder, chip(Path(folder), master_hz=60) as far_end:
        yield SerialTriggerBox(SerialBoxConfig(port=far_end.port))


@pytest.fixture(params=[serial_listening, serial_driving, serial_on_the_firmware], ids=lambda f: f.__name__)
def box(request: pytest.FixtureRequest) -> Iterator[TriggerBox]:
    factory: Factory = request.param
    with factory() as box:
        yield box
        box.close()


def test_says_what_it_is_before_it_starts(box: TriggerBox) -> None:
    info = box.info()
    assert info.name == "trigger"
    assert info.driver
    assert info.model
    assert info.serial
    assert info.firmware
    assert info.options["mode"] in ("listen", "drive")


def test_nothing_comes_in_time_when_nothing_is_asked(box: TriggerBox) -> None:
    begin = monotonic_ns()
    assert box.read(0.05) is None
    assert monotonic_ns() - begin >= 50_000_000


def test_edges_come_in_order_none_missing_on_the_host_clock(box: TriggerBox) -> None:
    begin = monotonic_ns()
    box.start()
    heard = hear(box, 40)
    end = monotonic_ns()
    assert not heard.errors
    stamps = [edge.stamp for edge in heard.edges]
    first = stamps[0].seq
    assert [s.seq for s in stamps] == list(range(first, first + 40))
    for values in ([s.t_ns for s in stamps], [s.ticks for s in stamps]):
        assert (np.diff(values) > 0).all()
    assert all(edge.rising for edge in heard.edges)
    for s in stamps:
        assert s.source is TimeSource.DEVICE
        assert s.u_ns > 0
        assert s.t_ns - s.u_ns <= s.t_arrival_ns
        assert begin - s.u_ns <= s.t_ns <= end + s.u_ns
    assert np.median(np.diff([s.t_ns for s in stamps])) == pytest.approx(1e9 / 60, rel=1e-3)


def test_pings_are_round_trips(box: TriggerBox) -> None:
    box.start()
    pings = hear(box, pings=15).pings
    assert len(pings) == 15
    for ping in pings:
        assert ping.t_sent_ns < ping.t_received_ns
        assert ping.ticks_rx <= ping.ticks_tx
        assert ping.ticks_tx - ping.ticks_rx < ping.t_received_ns - ping.t_sent_ns
    assert len({ping.seq for ping in pings}) == len(pings)


def test_the_box_reports_its_losses(box: TriggerBox) -> None:
    box.start()
    statuses = hear(box, edges=1, statuses=1).statuses
    assert statuses[-1].edges > 0
    assert (statuses[-1].dropped, statuses[-1].fifo_overflows, statuses[-1].crc_errors) == (0, 0, 0)


def test_a_sweep_flashes_at_random_phases_and_tells_the_edge_of_each(box: TriggerBox) -> None:
    box.start()
    box.sweep(2000, 12_000)
    edges, flashes = edges_and_flashes(box, 20)
    assert len(flashes) == 20
    phases = [flash.stamp.ticks - edges[flash.stamp.seq] for flash in flashes]
    assert all(0 <= phase <= 12_005_000 for phase in phases)
    assert max(phases) - min(phases) > 3_000_000
    assert all(abs(flash.width_ns - 2_000_000) <= 2_000 for flash in flashes)
    for stamp in (flash.stamp for flash in flashes):
        assert stamp.source is TimeSource.DEVICE
        assert stamp.t_ns - stamp.u_ns <= stamp.t_arrival_ns
    box.sweep(0, 0)
    _, after = edges_and_flashes(box, 2, edges=10)
    assert len(after) <= 1, "one may have been under way"


def edges_and_flashes(box: TriggerBox, count: int, edges: int = 400) -> tuple[dict[int, int], list[LedFlash]]:
    """Ticks of the edges by their seq, and flashes, until so many of either came."""
    ticks: dict[int, int] = {}
    flashes: list[LedFlash] = []
    end = monotonic_ns() + 20_000_000_000
    while len(flashes) < count and len(ticks) < edges and monotonic_ns() < end:
        match box.read(0.05):
            case TriggerEdge(stamp=stamp):
                ticks[stamp.seq] = stamp.ticks
            case LedFlash() as flash:
                flashes.append(flash)
            case _:
                box.ping()
    return ticks, flashes


def test_closing_twice_is_harmless(box: TriggerBox) -> None:
    box.start()
    box.close()
    box.close()
