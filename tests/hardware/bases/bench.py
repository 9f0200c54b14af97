"""A virtual base in a thread; its body is at hand."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, pi, sin
from queue import Queue

from hardware.arms.control_table import BUS_WATCHDOG, GOAL_VELOCITY, WATCHDOG_TRIPPED
from hardware.config import DynamixelBaseConfig, WheelConfig
from hardware.samples import monotonic_ns
from hardware.virtual.dynamixel.base_bus import BaseBody
from hardware.virtual.dynamixel.bus import VirtualBus
from hardware.virtual.dynamixel.chain import ServoChain
from hardware.virtual.dynamixel.power import power_up
from hardware.virtual.world import World
from hardware.virtual_config import VirtualConfig

RADIUS, HALF_TRACK = 0.08, 0.2
DIFFERENTIAL = (
    WheelConfig(id=1, at_m=(0.0, HALF_TRACK), radius_m=RADIUS),
    WheelConfig(id=2, at_m=(0.0, -HALF_TRACK), radius_m=RADIUS, sign=-1),
)


def omni(count: int = 3) -> tuple[WheelConfig, ...]:
    """Wheels on a ring, each rolling along it."""
    angles = [2 * pi * i / count for i in range(count)]
    return tuple(
        WheelConfig(id=i + 1, at_m=(0.2 * cos(a), 0.2 * sin(a)), heading_rad=a + pi / 2, radius_m=0.05)
        for i, a in enumerate(angles)
    )


def base_config(**changes: object) -> DynamixelBaseConfig:
    return DynamixelBaseConfig.model_validate(
        {
            "port": "virtual",
            "model": "xm430-w350",
            "wheels": DIFFERENTIAL,
            "speed": 0.2,
            "turn": 0.5,
            "retries": 5,  # the machine that runs the tests may be busy
            "watchdog_ms": 2000,
            **changes,
        }
    )


@dataclass(frozen=True, slots=True)
class Bench:
    config: DynamixelBaseConfig
    bus: VirtualBus
    body: BaseBody
    world: World

    def trip(self) -> None:
        """The wheels' watchdog strikes now, however busy the machine is."""
        for servo in self.bus.chain.servos:
            servo.write(GOAL_VELOCITY, bytes(4), monotonic_ns())
            servo.registers.set(BUS_WATCHDOG, WATCHDOG_TRIPPED)


@contextmanager
def bench(**changes: object) -> Generator[Bench]:
    """A served bus; `config.port` is its pty."""
    config = base_config(**changes)
    world = World.create(VirtualConfig(), ())
    body = BaseBody(config, monotonic_ns(), None)
    servos = [
        power_up(world, "bases/base", wheel.id, config.model, config.baud, horn)
        for wheel, horn in zip(config.wheels, body.horns(), strict=True)
    ]
    bus = VirtualBus("base", ServoChain(servos), [w.id for w in config.wheels], world, None, dead="base_dead")
    paths: Queue[str] = Queue()
    stop = threading.Event()
    thread = threading.Thread(target=bus.run, args=(paths.put, stop))
    thread.start()
    try:
        yield Bench(config.model_copy(update={"port": paths.get(timeout=10)}), bus, body, world)
    finally:
        stop.set()
        thread.join()
        del bus
        world.close(unlink=True)
