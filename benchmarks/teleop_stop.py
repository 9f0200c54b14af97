"""Two ways to stop, from the same states: the limiter's own and ruckig's. Time to rest, jerk, cost a cycle."""

from timeit import default_timer

import numpy as np
import ruckig

from collector.teleop.limit import STOP_SHARE, Limiter
from hardware.arms.models import arm_model
from hardware.config import TeleopConfig

ARM = arm_model("fr3")
CYCLE_S = 1e-3


def moving(lead_in: int) -> Limiter:
    """All joints on their way to their ends."""
    limiter = Limiter(TeleopConfig(), ARM, ARM.home, CYCLE_S)
    away = 10.0 * np.array([1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0])
    for _ in range(lead_in):
        limiter.follow((ARM.home + away).tolist(), (2.0 * away).tolist(), CYCLE_S)
    return limiter


def told(name: str, speeds: list[list[float]], costs: list[float]) -> str:
    jerk = np.diff(np.array(speeds), n=2, axis=0) / CYCLE_S**2
    typical, worst = np.percentile(costs, [50, 99]) * 1e6
    return (
        f"{name} {len(costs) * CYCLE_S * 1e3:.0f} ms, jerk {np.abs(jerk).max():.0f} rad/s^3,"
        f" {typical:.1f} us typical, {worst:.1f} us p99"
    )


def by_limiter(limiter: Limiter) -> str:
    speeds, costs = [limiter.dq], list[float]()
    while limiter.moving:
        begin = default_timer()
        limiter.halt(CYCLE_S)
        costs.append(default_timer() - begin)
        speeds.append(limiter.dq)
    return told("limiter", speeds, costs)


def by_ruckig(limiter: Limiter, before: list[float]) -> str:
    joints, limits = ARM.joints, ARM.limits
    generator, state = ruckig.Ruckig(joints, CYCLE_S), ruckig.InputParameter(joints)
    answer = ruckig.OutputParameter(joints)
    state.control_interface = ruckig.ControlInterface.Velocity
    state.synchronization = ruckig.Synchronization.No
    state.current_position, state.current_velocity = limiter.q, limiter.dq
    state.current_acceleration = [(v - u) / CYCLE_S for u, v in zip(before, limiter.dq, strict=True)]
    state.target_velocity = state.target_acceleration = [0.0] * joints
    state.max_acceleration = (STOP_SHARE * limits.acceleration).tolist()
    state.max_jerk = (STOP_SHARE * limits.jerk).tolist()
    speeds, costs, result = [limiter.dq], list[float](), ruckig.Result.Working
    while result is ruckig.Result.Working:
        begin = default_timer()
        result = generator.update(state, answer)
        costs.append(default_timer() - begin)
        speeds.append(answer.new_velocity)
        answer.pass_to_input(state)
    return told("ruckig", speeds, costs)


def main() -> None:
    for lead_in in (30, 60, 100, 170, 300):
        before = moving(lead_in - 1).dq
        fastest = max(map(abs, moving(lead_in).dq))
        print(
            f"from {fastest:.2f} rad/s: {by_limiter(moving(lead_in))} | {by_ruckig(moving(lead_in), before)}",
        )


if __name__ == "__main__":
    main()
