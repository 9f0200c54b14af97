"""Force feedback: a share of what the follower presses with, given back to the operator's hand, passively. Pure.

Sign. `tau_ext` is libfranka's tau_ext_hat_filtered: what the robot exerts on its surroundings, positive as q (a pull
downwards makes the downward component fall: libfranka issue 26). The hand is to feel the opposite.
"""

import math

import numpy as np

from hardware.samples import Vector

_IN_S = 0.5  # the feedback comes in this slowly when following begins
_OUT_S = 0.1
_MOST_NM = 100.0  # above what any joint of a follower bears (FR3: 87)
_POWER_W = 2.0
_OVER_S = 0.2  # more than _POWER_W into the hand for this long is no echo of the hand's own work any more
_CUT_S = 0.1  # time constants of the scale's fall, and of its return
_BACK_S = 2.0
# A stiff wall felt 10 ms late makes a limit cycle out of about 0.1 J (tests/collector/teleop/test_feel.py); what a
# hand feels at an honest wall goes in before it comes out, so a small store does.
_TANK_J = 0.02
_REFILL_W = 0.001  # so that an empty tank is not empty for ever


class ForceFeedback:
    """Low-pass, ramp, and two guards that the feedback is never a source of energy.

    The tank: the feedback may spend what the hand has put into it and a little more, never above _TANK_J in store;
    with an empty tank it only brakes, and stands against a hand at rest. The observer: see _OVER_S.
    `scale`, 0..1, is the observer's; `stored_j`, J, what may still be spent (below 0: a debt, J).
    """

    def __init__(self, joints: int, share: float, corner_hz: float) -> None:
        self._share, self._rad_s = share, 2 * math.pi * corner_hz
        self._smooth: Vector = np.zeros(joints)
        self._given: Vector = np.zeros(joints)
        self._gate = self._over_s = 0.0
        self.scale = 1.0
        self.stored_j = _TANK_J

    def torque(
        self, dt_s: float, moved: Vector, dq: Vector, tau_ext: Vector | None, room: tuple[Vector, Vector]
    ) -> Vector:
        """Nm (n,), positive as q, to give from now on.

        moved: (n,) rad since the last call, `dt_s` ago; dq: (n,) rad/s. tau_ext: (n,) Nm while following, else None;
        not finite is None. room: least and greatest torque (n,) that the leader has left for this.
        """
        self._spend(dt_s, moved)
        if tau_ext is not None and np.isfinite(tau_ext).all():
            believed = np.minimum(np.maximum(tau_ext, -_MOST_NM), _MOST_NM)
            self._smooth = self._smooth + (1.0 - math.exp(-self._rad_s * dt_s)) * (believed - self._smooth)
            self._gate = min(self._gate + dt_s / _IN_S, 1.0)
        else:
            self._gate = max(self._gate - dt_s / _OUT_S, 0.0)
        wanted = -self._share * self._gate * self.scale * self._smooth
        tau = np.minimum(np.maximum(wanted, room[0]), room[1])
        self._given = tau * self._allowed(dt_s, float(tau @ dq))
        return self._given

    def _spend(self, dt_s: float, moved: Vector) -> None:
        """The torque was constant, so this is exactly its work on the hand."""
        spent_j = float(self._given @ moved)
        self.stored_j = min(self.stored_j + _REFILL_W * dt_s - spent_j, _TANK_J)
        self._over_s = self._over_s + dt_s if spent_j > _POWER_W * dt_s else 0.0
        if self._over_s > _OVER_S:
            self.scale *= math.exp(-dt_s / _CUT_S)
        else:
            self.scale += (1.0 - self.scale) * (1.0 - math.exp(-dt_s / _BACK_S))

    def _allowed(self, dt_s: float, power_w: float) -> float:
        """Share of the torque that the tank can pay for until the next call."""
        cost_j = power_w * dt_s
        return 1.0 if cost_j <= 0.0 else min(max(self.stored_j, 0.0) / cost_j, 1.0)
