"""A servo fresh from its box on a virtual bus."""

import numpy as np

from hardware.arms.control_table import SECONDARY_ID, TICK_MODULUS
from hardware.arms.servo_models import MODELS
from hardware.samples import monotonic_ns
from hardware.virtual.crystal import Crystal
from hardware.virtual.dynamixel.servo import Servo
from hardware.virtual.dynamixel.servo_horn import Horn
from hardware.virtual.world import World, seed_for


def power_up(
    world: World, device: str, id: int, model: str, baud: int, horn: Horn, shadow_of: int | None = None
) -> Servo:
    """A servo factory fresh but for its ID, baud rate and Secondary ID, with a tick and a reaction time of its own.

    device: name of the bus, from which its randomness is drawn.
    """
    now, seed = monotonic_ns(), seed_for(world.config, f"{device}/{id}")
    rng = np.random.default_rng(seed)
    ppm = float(rng.uniform(-1, 1)) * world.config.dynamixel.ppm
    clock = Crystal(now, int(rng.integers(TICK_MODULUS * 1_000_000)), ppm, 0.5, seed)
    parse_ns = int(rng.integers(5_000, 20_000))
    servo = Servo(MODELS[model], id, baud, horn, clock, parse_ns, now)
    if shadow_of is not None:
        servo.registers.set(SECONDARY_ID, shadow_of)
    return servo
