"""A virtual bus in a thread, held by a hand whose pose is set by the test."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import numpy as np

from hardware.config import DynamixelLeaderConfig, GripConfig
from hardware.samples import Vector
from hardware.virtual.dynamixel.bus import VirtualBus
from hardware.virtual.dynamixel.hand import held
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World
from hardware.virtual_config import VirtualConfig

Pose = Callable[[int], tuple[Vector, Vector, float]]


def still(t_ns: int) -> tuple[Vector, Vector, float]:
    return np.array([0.1, -0.5, 1.0]), np.zeros(3), 0.25


@dataclass
class Hand:
    pose: Pose
    held: tuple[float, float]

    def leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        return self.pose(t_ns)

    def stick(self, t_ns: int) -> Vector:
        return np.array(self.held)


@dataclass(frozen=True, slots=True)
class Bench:
    config: DynamixelLeaderConfig
    bus: VirtualBus
    world: World


def leader_config(**changes: object) -> DynamixelLeaderConfig:
    base = DynamixelLeaderConfig(
        port="virtual",
        ids=(1, 2, 3),
        signs=(1, -1, 1),
        offsets_rad=(3.1416, 3.1416, 1.5708),
        grip=GripConfig(id=8, open_rad=3.4, closed_rad=2.7),
        retries=5,  # the machine that runs the tests may be busy
    )
    return base.model_copy(update=changes)


@contextmanager
def bench(
    pose: Pose = still,
    virtual: VirtualConfig | None = None,
    truth: Path | None = None,
    stick: tuple[float, float] = (0.0, 0.0),
    **changes: object,
) -> Generator[Bench]:
    """A served bus; `config.port` is its pty."""
    config = leader_config(**changes)
    world = World.create(virtual or VirtualConfig(), ())
    log = TruthLog(truth, "leaders/right") if truth else None
    bus = VirtualBus("right", held("right", config, world, Hand(pose, stick)), config.ids, world, log)
    paths: Queue[str] = Queue()
    stop = threading.Event()
    thread = threading.Thread(target=bus.run, args=(paths.put, stop))
    thread.start()
    try:
        yield Bench(config.model_copy(update={"port": paths.get(timeout=10)}), bus, world)
    finally:
        stop.set()
        thread.join()
        if log:
            log.close()
        del bus
        world.close(unlink=True)
