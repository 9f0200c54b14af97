"""Cost of one Teleop.update while following, as a multiple of copying the joints with numpy."""

from timeit import default_timer

import numpy as np

from collector.teleop.engage import State
from collector.teleop.reference import Teleop
from hardware.arms.models import arm_model
from hardware.config import TeleopConfig
from hardware.samples import LeaderSample, Stamp, TimeSource

ARM = arm_model("fr3")

MS = 1_000_000
PERIOD_MS = 5


def leader_sample(t_ns: int) -> LeaderSample:
    """Still for 2 s, then a 0.4 Hz sine of 0.2 rad on every joint."""
    omega, since = 2 * np.pi * 0.4, max(t_ns * 1e-9 - 2.0, 0.0)
    stamp = Stamp(t_ns, 1000, 0, t_ns + MS, 0, TimeSource.BRACKETED)
    q = ARM.home + 0.2 * np.sin(omega * since) * np.ones(7)
    dq = 0.2 * omega * np.cos(omega * since) * np.ones(7) if since > 0.0 else np.zeros(7)
    return LeaderSample("right", stamp, t_ns, t_ns, q, dq, 0.5, np.zeros(7, np.int64))


def main(seconds: int = 8) -> None:
    teleop = Teleop(TeleopConfig(ramp_s=0.5), ARM, PERIOD_MS * MS, ARM.home, 0.08, MS)
    robot, still = ARM.home, np.zeros(7)
    costs: list[float] = []
    for cycle in range(1, seconds * 1000):
        if cycle % PERIOD_MS == 0:
            teleop.on_leader(leader_sample(cycle * MS))
        if cycle == 100:
            teleop.request("engage")
        teleop.heartbeat(cycle * MS)
        begin = default_timer()
        reference = teleop.update((cycle + 1) * MS, robot, still, 1.0, None)
        end = default_timer()
        robot = reference.q
        if reference.state is State.FOLLOW:
            costs.append(end - begin)
    copies: list[float] = []
    for _ in range(len(costs)):
        begin = default_timer()
        robot.copy()
        still.copy()
        copies.append(default_timer() - begin)
    typical, worst = np.percentile(costs, [50, 99]) * 1e6
    ratio = typical / (float(np.median(copies)) * 1e6)
    print(f"Teleop.update: {typical:.0f} us typical, {worst:.0f} us p99, {ratio:.0f} x a copy of q and dq")


if __name__ == "__main__":
    main()
