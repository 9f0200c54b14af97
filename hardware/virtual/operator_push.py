"""What pushes the operator's hands off the script: the faults `hands_astray` and `hands_low`."""

import numpy as np

from hardware.arms.models import ArmModel
from hardware.samples import Vector
from hardware.virtual.operator_moves import unit_move
from hardware.virtual.world import World

_LEAST_S = 1.0  # from the script to the whole push, and back
_RAD_S, _M_S = 2.0, 0.2  # as fast as people push; a large push takes longer
_UNIT_SPEED = 1.875
_STEP_NS = 500_000


class Push:
    """Smooth, and gone a while after its fault."""

    def __init__(self, world: World, leader: str, model: ArmModel) -> None:
        self._world, self._leader, self._model = world, leader, model

    def on(self, q: Vector, dq: Vector, t_ns: int) -> tuple[Vector, Vector]:
        """q (n,) rad and dq (n,) rad/s of the script -> of the pushed hands."""
        turn, turn_rate = self._level("hands_astray", _RAD_S, t_ns)
        if turn or turn_rate:
            q, dq = q.copy(), dq.copy()
            q[0] += turn
            dq[0] += turn_rate
        down, down_rate = self._level("hands_low", _M_S, t_ns)
        if not down and not down_rate:
            return q, dq
        step_s = _STEP_NS * 1e-9
        before = self._lowered(q - dq * step_s, down - down_rate * step_s)
        after = self._lowered(q + dq * step_s, down + down_rate * step_s)
        return self._lowered(q, down), (after - before) / (2 * step_s)

    def _lowered(self, q: Vector, down: float) -> Vector:
        """The hand `down` m lower, the nearest way and to first order; how it points may change."""
        linear = self._model.jacobian(q)[:3]
        return q + linear.T @ np.linalg.solve(linear @ linear.T, np.array([0.0, 0.0, -down]))

    def _level(self, kind: str, fastest: float, t_ns: int) -> tuple[float, float]:
        """How far the fault has pushed by now, in its unit, and the rate."""
        level = rate = 0.0
        for spell in self._world.fault_spells(kind, self._leader):
            lasts_s = max(_LEAST_S, _UNIT_SPEED * abs(spell.size) / fastest)
            there, coming = unit_move((t_ns - spell.from_ns) * 1e-9 / lasts_s)
            back, going = unit_move((t_ns - spell.to_ns) * 1e-9 / lasts_s)
            level += spell.size * (there - back)
            rate += spell.size * (coming - going) / lasts_s
        return level, rate
