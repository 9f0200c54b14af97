from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from hardware.clock.unwrap import REALSENSE_US
from hardware.virtual.shutter import Exposure, Shutter
from hardware.virtual.sync_line import SyncLine, camera_crystal
from hardware.virtual.world import World
from hardware.virtual_config import VirtualCameraConfig, VirtualConfig
from tests.virtual_cameras import make_rig

RIG = make_rig()


@contextmanager
def streaming(**model: object) -> Generator[World]:
    world = World.create(VirtualConfig(camera=VirtualCameraConfig.model_validate(model)), ())
    world.start_sync_line(world.epoch_ns + 10_000_000)
    yield world
    world.close(unlink=True)


def take(shutter: Shutter, world: World, n: int, *, synced: bool = True, fps: int = 60) -> list[Exposure]:
    exposures: list[Exposure] = []
    after = world.epoch_ns
    for _ in range(n):
        exposures.append(shutter.next(after, synced=synced, fps=fps, exposure_us=4000))
        after = exposures[-1].end_ns
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
        joined = shutter.next(free[-1].end_ns, synced=True, fps=60, exposure_us=4000)
        line = SyncLine(RIG, world)
        pulse = line.pulse_after(joined.end_ns - 1_000_000)
    assert pulse is not None
    assert abs(joined.end_ns - pulse) < 30_000
    assert joined.end_ns - free[-1].end_ns > 8_000_000
