"""The production driver and the whole firmware, each at its end of the wire; between them only PROTOCOL.md."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from hardware.config import SerialBoxConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused
from hardware.samples import BoxStatus, ClockPing, LedFlash, TimeSource, TriggerEdge, monotonic_ns
from hardware.trigger.box import SerialTriggerBox
from tests.hardware.trigger.firmware.vm import chip

T = TypeVar("T")
Heard = list[TriggerEdge | LedFlash | ClockPing | BoxStatus | DeviceError]


def hear(box: SerialTriggerBox, enough: Callable[[Heard], bool]) -> Heard:
    """Ping and read until it is enough, or for 20 s. A lost box ends it."""
    heard: Heard = []
    next_ping, end = 0, monotonic_ns() + 20_000_000_000
    while not enough(heard) and (now := monotonic_ns()) < end:
        if now >= next_ping:
            box.ping()
            next_ping = now + 30_000_000
        try:
            sample = box.read(0.01)
        except DeviceLost:
            raise
        except DeviceError as error:
            heard.append(error)
        else:
            heard += [sample] if sample else []
    return heard


def of(kind: type[T], heard: Heard) -> list[T]:
    return [sample for sample in heard if isinstance(sample, kind)]


def edges(count: int) -> Callable[[Heard], bool]:
    return lambda heard: len(of(TriggerEdge, heard)) >= count


def flashes(count: int) -> Callable[[Heard], bool]:
    return lambda heard: len(of(LedFlash, heard)) >= count


def unlit(count: int) -> Callable[[Heard], bool]:
    """The last edges set no flash off; before them there may be what was under way."""

    def enough(heard: Heard) -> bool:
        lit = {flash.stamp.seq for flash in of(LedFlash, heard)}
        last = [edge.stamp.seq for edge in of(TriggerEdge, heard)][-count:]
        return len(last) == count and not lit.intersection(last)

    return enough


def test_every_edge_comes_stamped_on_the_hosts_clock(tmp_path: Path) -> None:
    with chip(tmp_path, master_hz=60) as far_end:
        box = SerialTriggerBox(SerialBoxConfig(port=far_end.port))
        assert (box.info().model, box.info().serial) == ("rp2040", "e6614c311b7f3b2e")
        begin = monotonic_ns()
        box.start()
        heard = hear(box, edges(40))
        box.close()
    assert not of(DeviceError, heard)
    stamps = [edge.stamp for edge in of(TriggerEdge, heard)]
    assert [s.seq for s in stamps] == list(range(40))
    assert all(s.source is TimeSource.DEVICE and s.u_ns < 20_000_000 for s in stamps)
    assert all(begin - s.u_ns <= s.t_ns <= s.t_arrival_ns + s.u_ns for s in stamps)
    assert {round((b.ticks - a.ticks) / 1e6, 2) for a, b in pairwise(stamps)} <= {16.66, 16.67}


def test_flashes_come_at_random_phases_each_with_its_edge(tmp_path: Path) -> None:
    with chip(tmp_path, master_hz=60) as far_end:
        box = SerialTriggerBox(SerialBoxConfig(port=far_end.port))
        box.start()
        box.sweep(3000, 12_000)
        heard = hear(box, flashes(30))
        box.sweep(0, 12_000)
        dark = hear(box, unlit(5))
        box.close()
    told = {edge.stamp.seq: edge.stamp.ticks for edge in of(TriggerEdge, heard)}
    seen = of(LedFlash, heard)
    phases = [flash.stamp.ticks - told[flash.stamp.seq] for flash in seen]
    assert all(1_000 <= phase <= 12_003_000 for phase in phases)
    assert max(phases) - min(phases) > 4_000_000
    assert {round(flash.width_ns, -4) for flash in seen} == {3_000_000}
    assert unlit(5)(dark)
    assert not of(DeviceError, heard + dark)


def test_a_fixed_phase_is_kept(tmp_path: Path) -> None:
    with chip(tmp_path, master_hz=60) as far_end:
        box = SerialTriggerBox(SerialBoxConfig(port=far_end.port))
        box.start()
        box.led(500, 2000)
        heard = hear(box, flashes(10))
        box.close()
    told = {edge.stamp.seq: edge.stamp.ticks for edge in of(TriggerEdge, heard)}
    assert all(abs(f.stamp.ticks - told[f.stamp.seq] - 500_000) <= 3_000 for f in of(LedFlash, heard))


def test_a_driving_box_tells_the_rate_that_it_really_makes(tmp_path: Path) -> None:
    with chip(tmp_path) as far_end:
        box = SerialTriggerBox(SerialBoxConfig(port=far_end.port, mode="drive", rate_hz=30, channel=1))
        assert float(box.info().options["achieved_rate_hz"]) == pytest.approx(30, abs=1e-5)
        box.start()
        heard = hear(box, edges(10))
        box.close()
    found = of(TriggerEdge, heard)
    assert {edge.channel for edge in found} == {1}
    assert {round((b.stamp.ticks - a.stamp.ticks) / 1e6, 1) for a, b in pairwise(found)} == {33.3}


def test_what_the_chip_cannot_do_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="channel"):
        SerialBoxConfig(port="", channel=4)


def test_a_rate_that_cannot_be_made_is_refused_with_the_reason(tmp_path: Path) -> None:
    with chip(tmp_path) as far_end, pytest.raises(DeviceRefused, match=r"rate.*trigger\.rate_hz"):
        SerialTriggerBox(SerialBoxConfig(port=far_end.port, rate_hz=0.05))


def test_a_box_that_rebooted_is_named_once_and_set_up_as_it_was(tmp_path: Path) -> None:
    with chip(tmp_path, start_us=9_000_000_000, master_hz=60) as far_end:
        box = SerialTriggerBox(SerialBoxConfig(port=far_end.port))
        box.start()
        box.sweep(3000, 10_000)
        before = hear(box, flashes(5))
        far_end.power_down()
        far_end.power_up(master_hz=60)
        after = hear(box, flashes(5))
        box.close()
    assert not of(DeviceError, before)
    (error,) = of(DeviceError, after)
    assert type(error) is DeviceError
    assert error.device == "trigger"
    assert "restarted" in str(error)
    new = [edge.stamp for edge in of(TriggerEdge, after) if edge.stamp.ticks < 9_000_000_000_000]
    assert [s.seq for s in new] == list(range(len(new)))
    assert all(s.source is TimeSource.DEVICE for s in new)
    assert all(s.t_ns <= s.t_arrival_ns + s.u_ns and s.t_arrival_ns - s.t_ns < 2_000_000_000 for s in new)


def test_a_port_that_vanishes_and_comes_back_is_taken_up_again(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    with chip(tmp_path, start_us=9_000_000_000, master_hz=60) as first:
        by_id.symlink_to(first.port)
        box = SerialTriggerBox(SerialBoxConfig(port=str(by_id)))
        box.start()
        box.sweep(3000, 10_000)
        hear(box, flashes(2))
        by_id.unlink()  # the number of a pty that was closed soon belongs to another
        first.unplug()
        heard = hear(box, lambda heard: bool(of(DeviceError, heard)))
        box.ping()
        assert box.read(0.0) is None
        with chip(tmp_path, master_hz=60) as again:
            by_id.symlink_to(again.port)
            after = hear(box, flashes(3))
            box.close()
    (error,) = of(DeviceError, heard)
    assert "went away" in str(error)
    assert not of(DeviceError, after)
    assert all(edge.stamp.source is TimeSource.DEVICE for edge in of(TriggerEdge, after))
