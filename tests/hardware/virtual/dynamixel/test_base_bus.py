"""The base's far end as the virtual rig starts it: truth of its reads and of its way, faults, watchdog."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import h5py
import numpy as np
import pytest

from hardware.bases.dynamixel_base import DynamixelBase
from hardware.config import DynamixelBaseConfig
from hardware.interfaces import DeviceTimeout
from hardware.virtual.dynamixel.base_bus import serve_base
from hardware.virtual.truth import merge
from hardware.virtual.world import World, followers_of
from hardware.virtual_config import VirtualConfig
from tests.robots import base, robots, servo_follower
from tests.truth import truth_of

AHEAD = np.array([0.2, np.nan, 0.0])


@contextmanager
def served(truth_dir: str, **changes: object) -> Generator[tuple[DynamixelBaseConfig, World]]:
    raw = base("vx", "wz") | {"model": "xm430-w350", "speed": 0.2, "turn": 0.5, "retries": 5} | changes
    virtual = VirtualConfig(truth_dir=truth_dir)
    rig = robots({"right": servo_follower(6, "right", gripper=False)}, {"base": raw})
    rig = rig.model_copy(update={"virtual": virtual})
    world = World.create(virtual, followers_of(rig))
    paths: Queue[str] = Queue()
    stop = threading.Event()
    far_end = threading.Thread(target=serve_base, args=(rig, "base", world, paths.put, stop))
    far_end.start()
    try:
        yield rig.bases["base"].model_copy(update={"port": paths.get(timeout=10)}), world
    finally:
        stop.set()
        far_end.join()
        world.close(unlink=True)


def test_reads_are_stamped_within_their_bounds_and_the_way_is_logged(tmp_path: Path) -> None:
    with served(str(tmp_path)) as (config, _):
        driver = DynamixelBase("base", config)
        samples = []
        for _ in range(40):
            driver.command(AHEAD)
            samples.append(driver.read())
            time.sleep(0.01)
        driver.close()
    truth = truth_of(tmp_path, "bases/base")
    for sample in samples:
        assert abs(sample.stamp.t_ns - truth[sample.stamp.seq]) <= sample.stamp.u_ns
    merge(tmp_path, tmp_path / "truth.h5")
    with h5py.File(tmp_path / "truth.h5") as file:
        way = file["motion/bases-base"][()]
    x, y, heading = way["q"][-1]
    rolled = samples[-1].wheels.mean() * 0.08
    assert x == pytest.approx(rolled, abs=0.01)
    assert x > 0.02
    assert (y, heading) == pytest.approx((0.0, 0.0), abs=0.01)
    assert way["dq"][-1][0] == pytest.approx(0.2, abs=0.003)


def test_wheels_of_a_dead_bus_stop_by_themselves(tmp_path: Path) -> None:
    with served("", watchdog_ms=1000) as (config, world):
        driver = DynamixelBase("base", config)
        for _ in range(30):
            driver.command(AHEAD)
            before = driver.read()
            time.sleep(0.01)
        world.inject("base_dead", "base")
        with pytest.raises(DeviceTimeout):
            driver.read()
        time.sleep(1.1)
        world.clear_faults()
        driver.close()
        again = DynamixelBase("base", config)
        assert before.twist[0] == pytest.approx(0.2, abs=0.003)
        assert again.read().twist[0] == pytest.approx(0.0, abs=1e-3)
        again.close()
