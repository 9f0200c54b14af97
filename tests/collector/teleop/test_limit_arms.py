"""The limiter's promises on every arm at every rate of control, and its stops from every state it can be in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.teleop.limit import STOP_S, STOP_SHARE, Limiter
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import ARM, SERVO_ARM

arms = st.sampled_from([(ARM, 1), (SERVO_ARM, 2), (SERVO_ARM, 5), (SERVO_ARM, 10)])
shares = st.sampled_from([0.3, 0.8, 1.0])


class Path:
    """Everything that one limiter sent."""

    def __init__(self, arm: ArmModel, cycle_ms: int, config: TeleopConfig, seed: int) -> None:
        self.arm, self.config, self.rng = arm, config, np.random.default_rng(seed)
        self.low = arm.limits.q_min + config.margin_rad
        self.high = arm.limits.q_max - config.margin_rad
        start = self.low + self.rng.uniform(0, 1, arm.joints) * (self.high - self.low)
        self.limiter = Limiter(config, arm, start, cycle_ms * 1e-3)
        self.q, self.v, self.steps = [self.limiter.q], [self.limiter.dq], [cycle_ms * 1e-3]

    def stretch(self, cycles: int, cycle_s: float) -> None:
        """A wild target for a while, at cycles up to 30 % off."""
        n = self.arm.joints
        target = self.low + self.rng.uniform(-0.3, 1.3, n) * (self.high - self.low)
        speed = self.rng.uniform(-6, 6, n) * (self.rng.random(n) < 0.5)
        for _ in range(cycles):
            dt = cycle_s * self.rng.uniform(0.7, 1.3)
            self.limiter.follow(target.tolist(), speed.tolist(), dt)
            self.note(dt)

    def stop(self, cycle_s: float) -> float:
        """Seconds to rest."""
        took = 0.0
        while self.limiter.moving:
            self.limiter.halt(cycle_s)
            self.note(cycle_s)
            took += cycle_s
        return took

    def note(self, dt: float) -> None:
        self.q.append(self.limiter.q)
        self.v.append(self.limiter.dq)
        self.steps.append(min(dt, self.limiter.longest_s))

    def check(self) -> None:
        limits, share = self.arm.limits, max(STOP_SHARE, self.config.acceleration)
        q, v, dt = np.array(self.q), np.array(self.v), np.array(self.steps)[1:, None]
        a = np.diff(v, axis=0) / dt
        bounds = np.array([self.arm.velocity_bounds(one) for one in q])
        assert np.all(np.abs(a) <= share * limits.acceleration + 1e-6)
        assert np.all(np.abs(np.diff(a, axis=0)) <= share * limits.jerk * dt[1:] + 1e-6)
        assert np.all(v <= self.config.velocity * bounds[:, 1] + 1e-9)
        assert np.all(v >= self.config.velocity * bounds[:, 0] - 1e-9)
        assert np.all((q >= self.low - 1e-9) & (q <= self.high + 1e-9))


@settings(max_examples=30)
@given(
    arm=arms,
    velocity=st.sampled_from([0.5, 1.0]),
    acceleration=shares,
    lengths_ms=st.lists(st.integers(3, 400), min_size=1, max_size=5),
    seed=st.integers(0, 2**16),
)
def test_no_limit_is_passed_and_every_stop_ends_within_150_ms(
    arm: tuple[ArmModel, int], velocity: float, acceleration: float, lengths_ms: list[int], seed: int
):
    model, cycle_ms = arm
    path = Path(model, cycle_ms, TeleopConfig(velocity=velocity, acceleration=acceleration), seed)
    for length_ms in lengths_ms:
        path.stretch(1 + length_ms // cycle_ms, cycle_ms * 1e-3)
        assert path.stop(cycle_ms * 1e-3) <= STOP_S + 1e-9
        path.stretch(1 + length_ms // cycle_ms, cycle_ms * 1e-3)
    path.check()


@pytest.mark.parametrize("cycle_ms", [2, 5, 10])
def test_a_servo_arm_follows_smooth_motion_without_lag_of_its_own(cycle_ms: int):
    limiter = Limiter(TeleopConfig(), SERVO_ARM, SERVO_ARM.home, cycle_ms * 1e-3)
    omega, worst = 2 * np.pi * 0.5, 0.0
    for k in range(4000 // cycle_ms):
        t = k * cycle_ms * 1e-3
        target = SERVO_ARM.home + 0.15 * (1 - np.cos(omega * t))
        speed = np.full(6, 0.15 * omega * np.sin(omega * (t + limiter.lead_s)))
        limiter.follow(target.tolist(), speed.tolist(), cycle_ms * 1e-3)
        worst = max(worst, float(np.max(np.abs(np.array(limiter.q) - target))))
    assert worst < 0.5 * 0.15 * omega * cycle_ms * 1e-3  # half a cycle of the motion
