from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from hardware.clock.unwrap import REALSENSE_US
from hardware.config import RealSenseConfig, RigConfig
from hardware.virtual.shutter import Exposure, Shutter
from hardware.virtual.sync_line import SyncLine, camera_crystal
from hardware.virtual.world import World
from hardware.virtual_config import VirtualCameraConfig, VirtualConfig
from tests.virtual_cameras import camera_config, make_rig

RIG = make_rig()


@contextmanager
def streaming(**model: object) -> Generator[World]:
    world = World.create(VirtualConfig(camera=VirtualCameraConfig.model_validate(model)), ())
    world.start_sync_line(world.epoch_ns + 10_000_000)
    yield world
    world.close(unlink=True)


def take(
    shutter: Shutter, world: World, n: int, *, mode: int = 2, fps: int = 60, exposure_us: int = 4000
) -> list[Exposure]:
    exposures: list[Exposure] = []
    after = world.epoch_ns
    for _ in range(n):
        exposure = shutter.next(after, mode=mode, fps=fps, exposure_us=exposure_us)
        after = exposure.end_ns if exposure else after + 10**9 // fps
        exposures += [exposure] if exposure else []
    return exposures


@pytest.mark.parametrize("name", ["front", "side"])
def test_each_pulse_ends_one_exposure(name: str) -> None:
    with streaming(edge_error_us=15, edge_jitter_us=2) as world:
        line = SyncLine(RIG, world)
        exposures = take(Shutter(RIG, world, name), world, 600)
        pulses = [line.edge_ns(k) for k in range(600)]
    offsets = np.array([e.end_ns - pulse for e, pulse in zip(exposures, pulses, strict=True)])
    assert np.ptp(offsets) > 0  # it jitters
    assert np.abs(offsets).max() < 15_000 + 6 * 2_000
    assert np.std(offsets) == pytest.approx(2_000, rel=0.2)


def test_stamps_are_the_cameras_own_clock_at_end_and_middle() -> None:
    with streaming() as world:
        crystal = camera_crystal(world, "side")
        for exposure in take(Shutter(RIG, world, "side"), world, 100):
            device_us = crystal.device_ns(exposure.end_ns) // 1000
            assert exposure.frame_timestamp == device_us % REALSENSE_US
            assert exposure.sensor_timestamp == (device_us - 2000) % REALSENSE_US
            assert exposure.mid_ns == exposure.end_ns - 2_000_000


def test_clock_wraps_at_32_bits() -> None:
    with streaming(start_us=2**32 - 500_000, wander_ppm=0, ppm=0) as world:
        stamps = [e.frame_timestamp for e in take(Shutter(RIG, world, "side"), world, 60)]
    assert stamps[0] > 2**32 - 600_000
    assert stamps[-1] < 600_000


def test_free_runs_on_its_own_clock_without_pulses() -> None:
    with streaming(ppm=0, wander_ppm=0) as world:
        world.start_sync_line(0)
        ends = [e.end_ns for e in take(Shutter(RIG, world, "side"), world, 100)]
    assert np.diff(ends) == pytest.approx(1e9 / 60, abs=1)


def test_free_runs_silently_when_the_pulses_are_not_at_its_rate() -> None:
    with streaming(ppm=0, wander_ppm=0) as world:
        ends = [e.end_ns for e in take(Shutter(RIG, world, "side"), world, 30, fps=30)]
    assert np.diff(ends) == pytest.approx(1e9 / 30, abs=1)


def test_joins_the_line_when_the_master_starts() -> None:
    with streaming() as world:
        since = world.sync_line_since_ns
        world.start_sync_line(0)
        shutter = Shutter(RIG, world, "side")
        free = take(shutter, world, 3)
        world.start_sync_line(since)
        joined = shutter.next(free[-1].end_ns, mode=2, fps=60, exposure_us=4000)
        line = SyncLine(RIG, world)
        pulse = line.pulse_after(joined.end_ns - 1_000_000)
    assert pulse is not None
    assert abs(joined.end_ns - pulse) < 30_000
    assert joined.end_ns - free[-1].end_ns > 8_000_000


def test_genlock_starts_each_exposure_after_its_trigger_whatever_its_length() -> None:
    rig = genlocked(rate_hz=30)
    with streaming(edge_error_us=15, edge_jitter_us=2) as world:
        line = SyncLine(rig, world)
        for exposure_us in (500, 4000, 8000):
            taken = take(Shutter(rig, world, "side"), world, 60, mode=4, exposure_us=exposure_us)
            for exposure in taken:
                pulse = line.edge_ns(line.index_at(exposure.mid_ns))
                start = exposure.mid_ns - exposure_us * 500
                assert abs(start - pulse - 790_000) < 15_000 + 6 * 2_000
                assert exposure.end_ns - start == exposure_us * 1000
            assert np.diff([e.end_ns for e in taken]) == pytest.approx(1e9 / 30, abs=20_000)


def test_genlock_drops_every_other_trigger_above_half_its_rate() -> None:
    rig = genlocked(rate_hz=60)
    with streaming() as world:
        ends = [e.end_ns for e in take(Shutter(rig, world, "side"), world, 60, mode=4)]
    assert np.diff(ends) == pytest.approx(1e9 / 30, abs=20_000)


def test_genlock_waits_for_ever_and_takes_up_the_line_when_it_starts() -> None:
    rig = genlocked(rate_hz=30)
    with streaming() as world:
        since = world.sync_line_since_ns
        world.start_sync_line(0)
        shutter = Shutter(rig, world, "side")
        assert take(shutter, world, 600, mode=4) == []
        world.start_sync_line(since)
        assert len(take(shutter, world, 10, mode=4)) > 2


def test_a_slave_follows_a_box_that_drives_at_its_rate() -> None:
    rig = driven(camera_config("1002", fps=30), rate_hz=30)
    with streaming(edge_error_us=15) as world:
        line = SyncLine(rig, world)
        ends = [e.end_ns for e in take(Shutter(rig, world, "side"), world, 100, fps=30)]
        pulses = [line.edge_ns(k) for k in range(1, 101)]  # the first comes before the camera is ready
    assert np.abs(np.subtract(ends, pulses)).max() < 30_000


def driven(camera: RealSenseConfig, rate_hz: float) -> RigConfig:
    rig = make_rig(side=camera)
    return rig.model_copy(update={"trigger": rig.trigger.model_copy(update={"rate_hz": rate_hz})})


def genlocked(rate_hz: float) -> RigConfig:
    """Even beyond what a rig file may ask: the camera itself decides what it follows."""
    rig = driven(camera_config("1002"), rate_hz)
    return rig.model_copy(update={"cameras": {"side": camera_config("1002", "genlock")}})


class TestFaults:
    def test_free_run_slides_through_the_pulses_at_its_own_rate(self) -> None:
        with streaming(ppm=0, wander_ppm=0) as world:
            world.inject("free_run", "side", world.epoch_ns, size=60.03)
            ends = [e.end_ns for e in take(Shutter(RIG, world, "side"), world, 100)]
        assert np.diff(ends) == pytest.approx(1e9 / 60.03, abs=2)

    def test_lost_pulses_give_no_frames_and_the_line_is_taken_up_again(self) -> None:
        with streaming() as world:
            line = SyncLine(RIG, world)
            world.inject("pulses_lost", "side", line.edge_ns(10) - 1_000_000, 2 / 60)
            ends = [e.end_ns for e in take(Shutter(RIG, world, "side"), world, 30)]
            pulses = [line.edge_ns(k) for k in range(30) if k not in (10, 11)]
        assert np.abs(np.subtract(ends, pulses)).max() < 50_000

    def test_a_lag_moves_the_true_exposure_and_nothing_that_is_told(self) -> None:
        with streaming() as world:
            clean = take(Shutter(RIG, world, "side"), world, 20)
            world.inject("camera_lag", "side", world.epoch_ns, size=2000)
            late = take(Shutter(RIG, world, "side"), world, 20)
        for a, b in zip(clean, late, strict=True):
            assert b.mid_ns - a.mid_ns == 2_000_000
            assert (a.end_ns, a.frame_timestamp, a.sensor_timestamp) == (
                b.end_ns,
                b.frame_timestamp,
                b.sensor_timestamp,
            )

    def test_another_exposure_is_true_and_told(self) -> None:
        with streaming() as world:
            world.inject("exposure_change", "side", world.epoch_ns, size=6000)
            for exposure in take(Shutter(RIG, world, "side"), world, 20):
                assert exposure.exposure_us == 6000
                assert exposure.end_ns - exposure.mid_ns == 3_000_000
                assert (exposure.frame_timestamp - exposure.sensor_timestamp) % REALSENSE_US == 3000

    def test_a_clock_jumps_once_and_stays_ahead_while_exposures_stay_on_the_pulses(self) -> None:
        with streaming() as world:
            clean = take(Shutter(RIG, world, "side"), world, 30)
            world.inject("clock_jump", "side", clean[10].end_ns - 1000, 0.1, 5000)
            jumped = take(Shutter(RIG, world, "side"), world, 30)
        ahead = [(b.frame_timestamp - a.frame_timestamp) % REALSENSE_US for a, b in zip(clean, jumped, strict=True)]
        assert ahead == [0] * 10 + [5000] * 20
        assert [e.mid_ns for e in clean] == [e.mid_ns for e in jumped]

    def test_frozen_stamps_are_those_of_the_last_frame_before(self) -> None:
        with streaming() as world:
            clean = take(Shutter(RIG, world, "side"), world, 20)
            world.inject("stamp_frozen", "side", clean[10].end_ns - 1000, 2.5 / 60)
            frozen = take(Shutter(RIG, world, "side"), world, 20)
        told = [e.frame_timestamp for e in clean]
        assert [e.frame_timestamp for e in frozen] == [*told[:10], *[told[9]] * 3, *told[13:]]
