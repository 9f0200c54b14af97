"""The servos of a leader as an operator's hand holds them.

The hand is a person's: what little torque a servo gives does not move it.
"""

from typing import Protocol

import numpy as np

from hardware.config import DynamixelLeaderConfig
from hardware.samples import Vector
from hardware.virtual.dynamixel.chain import ServoChain
from hardware.virtual.dynamixel.power import power_up
from hardware.virtual.dynamixel.servo_horn import Held
from hardware.virtual.world import World
from hardware.virtual_config import VirtualLeaderConfig

_SAME_POSE_NS = 200_000  # within this the hand moves on at its velocity: an error below 1e-6 rad


class Hand(Protocol):
    """Who holds the leader."""

    def leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        """q (n,) rad, dq (n,) rad/s and grip 0 open .. 1 closed at a host instant."""
        ...

    def stick(self, t_ns: int) -> Vector:
        """Thumbstick (2,): forward and turn, -1..1."""
        ...


class HornAngles:
    """The raw angle of every servo's horn, from the hand's pose and the leader's signs and offsets."""

    def __init__(self, hand: Hand, config: DynamixelLeaderConfig) -> None:
        self._hand, self._grip, self._stick = hand, config.grip, config.thumbstick
        self._signs, self._offsets = np.array(config.signs, float), np.array(config.offsets_rad)
        self._t_ns, self._rad, self._rad_s = -_SAME_POSE_NS, list[float](), list[float]()

    def at(self, index: int, t_ns: int) -> tuple[float, float]:
        """Angle (rad) and velocity (rad/s) of servo `index`: joints, then grip, then the stick's two."""
        if abs(t_ns - self._t_ns) >= _SAME_POSE_NS:
            self._pose(t_ns)
        rad_s = self._rad_s[index]
        return self._rad[index] + rad_s * (t_ns - self._t_ns) * 1e-9, rad_s

    def _pose(self, t_ns: int) -> None:
        q, dq, grip = self._hand.leader(t_ns)
        rad: list[float] = (self._signs * q + self._offsets).tolist()
        rad_s: list[float] = (self._signs * dq).tolist()
        aside = self._aside(grip, t_ns)
        # The hand gives no velocities of these; a servo differentiates its encoder too.
        elapsed_s = (t_ns - self._t_ns) * 1e-9
        known = bool(self._rad) and 0 < elapsed_s < 0.1
        before = self._rad[len(rad) :] if known else aside
        rad_s += [(now - then) / elapsed_s if known else 0.0 for now, then in zip(aside, before, strict=True)]
        self._t_ns, self._rad, self._rad_s = t_ns, rad + aside, rad_s

    def _aside(self, grip: float, t_ns: int) -> list[float]:
        angles: list[float] = []
        if self._grip is not None:
            angles.append(self._grip.open_rad + grip * (self._grip.closed_rad - self._grip.open_rad))
        if (stick := self._stick) is not None:
            angles += (np.array(stick.center_rad) + self._hand.stick(t_ns) * np.array(stick.range_rad)).tolist()
        return angles


def as_built(config: DynamixelLeaderConfig, built: VirtualLeaderConfig | None) -> DynamixelLeaderConfig:
    """The leader as it is, whatever the rig's file says of its signs, offsets and grip."""
    if built is None:
        return config
    grip = config.grip
    if grip is not None and built.grip_rad is not None:
        grip = grip.model_copy(update={"open_rad": built.grip_rad[0], "closed_rad": built.grip_rad[1]})
    return config.model_copy(update={"signs": built.signs, "offsets_rad": built.offsets_rad, "grip": grip})


def held(leader: str, config: DynamixelLeaderConfig, world: World, hand: Hand) -> ServoChain:
    """All servos on the bus of a leader: joints, grip, thumbstick, shadows."""
    angles = HornAngles(hand, as_built(config, world.config.leaders.get(leader)))
    grip, stick = config.grip, config.thumbstick
    models = [(id, config.model) for id in config.ids]
    models += [] if grip is None else [(grip.id, grip.model or config.model)]
    models += [] if stick is None else [(id, stick.model or config.model) for id in stick.ids]

    def horn(index: int) -> Held:
        return Held(lambda t_ns: angles.at(index, t_ns))

    servos = [power_up(world, leader, id, model, config.baud, horn(index)) for index, (id, model) in enumerate(models)]
    servos += [
        power_up(world, leader, id, config.model, config.baud, horn(config.ids.index(leads)), shadow_of=leads)
        for id, leads in config.shadows.items()
    ]
    return ServoChain(servos)
