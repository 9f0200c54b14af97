"""A virtual Franka in a process of its own, for tests of whatever speaks to it."""

import multiprocessing
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
import yaml

from hardware.config import FrankaConfig, RigConfig
from hardware.virtual.fci.server import serve_robot
from hardware.virtual.world import World, followers_of

RIG = Path(__file__).parents[3] / "configs/rigs/virtual.yaml"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where it listens, and the world that it shares."""

    address: str
    rig: RigConfig
    world: World

    def config(self, control: str = "torque") -> FrankaConfig:
        return FrankaConfig.model_validate({"address": self.address, "leader": "right", "control": control})


def virtual_rig(*, enforce: bool = False, truth_dir: str = "") -> RigConfig:
    """The shipped virtual rig; without enforcement a busy machine cannot end a motion."""
    data = yaml.safe_load(RIG.read_text())
    data["virtual"] |= {"franka": {"enforce": enforce}, "truth_dir": truth_dir}
    return RigConfig.model_validate(data)


@contextmanager
def endpoint(*, enforce: bool = False, truth_dir: str = "") -> Generator[Endpoint]:
    """Start, yield, stop; the caller's scheduling, which libfranka raises, is put back."""
    rig = virtual_rig(enforce=enforce, truth_dir=truth_dir)
    assert rig.virtual is not None
    world = World.create(rig.virtual, followers_of(rig))
    ours, theirs = multiprocessing.Pipe()
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(rig, world.name, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(30), "the endpoint did not come up"
        yield Endpoint(ours.recv(), rig, world)
    finally:
        os.sched_setscheduler(0, policy, parameter)
        ours.send("stop")
        process.join(10)
        process.close()
        ours.close()
        theirs.close()
        world.close(unlink=True)


@pytest.fixture(scope="module")
def franka() -> Generator[Endpoint]:
    """One lenient endpoint a test module."""
    with endpoint() as running:
        yield running


def _serve(rig: RigConfig, name: str, pipe: Connection) -> None:
    world = World.attach(name, followers_of(rig))
    stop = threading.Event()
    threading.Thread(target=lambda: (pipe.recv(), stop.set()), daemon=True).start()
    serve_robot(rig, "right", world, pipe.send, stop)
    world.close()


def smooth(start: np.ndarray, way: float, t: float, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """A cosine move of each joint by `way` rad: reference (7,) rad and rad/s at `t` s."""
    phase = min(t / duration, 1.0) * np.pi
    speed = way * np.pi / duration / 2 * np.sin(phase) if t < duration else 0.0
    return start + way * (1 - np.cos(phase)) / 2, np.full(7, speed)
