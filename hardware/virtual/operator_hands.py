"""Operators who are told how to hold their leaders: as a person who calibrates one does, by eye.

The hands go there smoothly and hold it, each joint off by what an eye does not see (`operator.match_rad`).
"""

import numpy as np

from hardware.samples import Vector
from hardware.virtual.hand_order import HandOrder
from hardware.virtual.operator_moves import duration, unit_move
from hardware.virtual.world import World, seed_for

_LEAST_S = 0.6


class Hands:
    """Of the operator at one leader."""

    def __init__(self, world: World, leader: str) -> None:
        self._world, self._leader = world, leader

    def on(self, q: Vector, dq: Vector, grip: float, t_ns: int) -> tuple[Vector, Vector, float]:
        """The script's q (n,) rad, dq (n,) rad/s and grip -> of the hands as they are told."""
        order = self._world.hand_order(self._leader)
        if order is None or t_ns < order.since_ns:
            return q, dq, grip
        script, script_rate = np.append(q, grip), np.append(dq, 0.0)
        to, to_rate = (script, script_rate) if order.to is None else (order.to, np.zeros(len(script)))
        lasts_s = _lasts_s(order)
        share, rate = unit_move((t_ns - order.since_ns) * 1e-9 / lasts_s)
        at = order.before + share * (to - order.before)
        speed = rate / lasts_s * (to - order.before) + share * to_rate
        return at[:-1], speed[:-1], min(max(float(at[-1]), 0.0), 1.0)


def tell(world: World, leader: str, now: tuple[Vector, float], q: Vector | None, grip: float, t_ns: int) -> None:
    """Hold the leader as its follower would stand at q (n,) rad, grip 0..1; None: back to the script.

    `now`: q and grip of the hands at `t_ns`. Raises ValueError where q is no pose of the leader's follower.
    """
    before = np.append(now[0], now[1])
    last = world.hand_order(leader)
    number = 0 if last is None else last.number + 1
    if q is None:
        world.order_hands(leader, HandOrder(t_ns, number, before, None))
        return
    if len(q) != len(now[0]) or not np.isfinite(q).all():
        raise ValueError(f"hands: q needs {len(now[0])} angles for {leader}, rad")
    rng = np.random.default_rng([seed_for(world.config, f"hands/{leader}"), number])
    held = q + rng.normal(0.0, world.config.operator.match_rad, len(q))
    world.order_hands(leader, HandOrder(t_ns, number, before, np.append(held, min(max(grip, 0.0), 1.0))))


def _lasts_s(order: HandOrder) -> float:
    return _LEAST_S if order.to is None else max(_LEAST_S, duration(order.to - order.before))
