"""A virtual servo arm on its bus, in a thread; the shipped ALOHA rig's left follower."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import yaml

from hardware.config import DynamixelFollowerConfig, RigConfig
from hardware.virtual.dynamixel.arm_bus import ArmBody
from hardware.virtual.dynamixel.bus import VirtualBus
from hardware.virtual.dynamixel.chain import ServoChain
from hardware.virtual.dynamixel.servo import Servo
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World, followers_of

RIG = Path(__file__).parents[3] / "configs/rigs/aloha_bimanual.yaml"


@dataclass(frozen=True, slots=True)
class ArmBench:
    config: DynamixelFollowerConfig
    body: ArmBody
    world: World

    def servo(self, id: int) -> Servo:
        return next(servo for servo in self.body.servos if servo.id == id)


def aloha(**virtual: Any) -> RigConfig:
    described = yaml.safe_load(RIG.read_text())
    described["virtual"] |= virtual
    return RigConfig.model_validate(described)


@contextmanager
def arm_bench(truth: Path | None = None, **changes: Any) -> Generator[ArmBench]:
    """A served arm; `config.port` is its pty."""
    rig = aloha()
    assert rig.virtual is not None
    found = rig.followers["left"]
    assert isinstance(found, DynamixelFollowerConfig) and found.gripper is not None
    config = found.model_copy(update={"retries": 5, **changes})  # the machine that runs the tests may be busy
    world = World.create(rig.virtual, followers_of(rig))
    body = ArmBody("left", config, world)
    logs = [TruthLog(truth, f"{kind}/left") for kind in ("arms", "grippers")] if truth else []
    own = {found.gripper.id: logs[1]} if logs else None
    arm_log = logs[0] if logs else None
    bus = VirtualBus("arms/left", ServoChain(body.servos), config.ids, world, arm_log, own=own, body=body)
    paths: Queue[str] = Queue()
    stop = threading.Event()
    thread = threading.Thread(target=bus.run, args=(paths.put, stop))
    thread.start()
    try:
        yield ArmBench(config.model_copy(update={"port": paths.get(timeout=10)}), body, world)
    finally:
        stop.set()
        thread.join()
        for log in logs:
            log.close()
        body.close()
        del bus, body
        world.close(unlink=True)
