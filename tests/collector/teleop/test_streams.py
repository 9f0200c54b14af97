"""Whatever a leader sends and whatever the operator says: what reaches the robot is always safe."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.teleop.engage import State
from collector.teleop.inputs import VERBS, Verb
from collector.teleop.limit import STOP_S, STOP_SHARE
from collector.teleop.reference import Reference, Teleop
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig
from hardware.samples import Vector
from tests.collector.teleop.virtual_time import ARM, MS, SERVO_ARM, START, leader_sample

LASTS_MS = 2500
CONFIG = TeleopConfig(ramp_s=0.3, clutch=True)
KEY = TeleopConfig(ramp_s=0.3, clutch=True, deadman="key", acceleration=0.5)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens to the stream from `at_ms` for `for_ms`."""

    kind: str
    at_ms: int
    for_ms: int
    size: float


troubles = st.builds(
    Trouble,
    st.sampled_from(["gap", "offset", "nan", "inf", "turn", "reboot", "backward", "frozen", "fast"]),
    st.integers(600, LASTS_MS),
    st.integers(1, 400),
    st.floats(-3.0, 3.0),
)
said = st.tuples(st.integers(0, LASTS_MS - 1), st.sampled_from(["engage", "approach", "unclutch", *VERBS]))


def damaged(trouble: Trouble, t_ns: int, q: Vector, dq: Vector) -> tuple[int, Vector, Vector] | None:
    joint = np.arange(len(q))
    match trouble.kind:
        case "gap":
            return None
        case "offset":
            return t_ns, q + trouble.size, dq
        case "nan":
            return t_ns, np.where(joint == 3, np.nan, q), dq
        case "inf":
            return t_ns, q, np.where(joint == 5, np.inf, dq)
        case "turn":
            return t_ns, q + np.where(joint == len(q) - 1, 2 * np.pi, 0.0), dq
        case "reboot":
            return t_ns, np.zeros_like(q), np.zeros_like(q)
        case "backward":
            return t_ns - 20 * MS, q, dq
        case "frozen":
            return START, q, dq
        case _:
            return t_ns, q, 4.0 * trouble.size * np.ones_like(q)


@dataclass
class Leader:
    """A hand that rests `away` from the robot's home until 0.9 s and then swings; late, early and damaged."""

    arm: ArmModel
    period_ms: float
    jitter: float
    away: float
    amplitude: float
    hertz: float
    troubles: list[Trouble]
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.next_ns = START
        self.way = self.rng.choice([-1.0, 1.0], self.arm.joints)

    def until(self, now_ns: int, teleop: Teleop) -> None:
        """Send what is due."""
        period_ns = round(self.period_ms * MS)
        omega = 2 * np.pi * self.hertz
        while self.next_ns <= now_ns - MS:
            t_ns = self.next_ns + round(self.rng.uniform(0, self.jitter) * min(period_ns, 4 * MS))
            since = max((t_ns - START) * 1e-9 - 0.9, 0.0)
            swing = self.away + self.amplitude * (1 - np.cos(omega * since))
            speed = self.way * self.amplitude * omega * np.sin(omega * since)
            sample: tuple[int, Vector, Vector] | None = (t_ns, self.arm.home + self.way * swing, speed)
            for one in self.troubles:
                if sample is not None and 0 <= (self.next_ns - START) // MS - one.at_ms < one.for_ms:
                    sample = damaged(one, *sample)
            if sample is not None and sample[0] <= now_ns:
                teleop.on_leader(leader_sample(*sample))
            self.next_ns += period_ns


@settings(max_examples=25)
@given(
    arm=st.sampled_from([(ARM, 1), (SERVO_ARM, 2), (SERVO_ARM, 5), (SERVO_ARM, 10)]),
    config=st.sampled_from([CONFIG, KEY]),
    period_ms=st.sampled_from([2.0, 5.0, 10.0, 40.0]),
    jitter=st.floats(0.0, 0.9),
    away=st.sampled_from([0.0, 0.2, 0.6]),
    amplitude=st.floats(0.0, 0.8),
    hertz=st.floats(0.2, 3.0),
    trouble=st.lists(troubles, max_size=4),
    words=st.lists(said, max_size=6),
    dropped=st.sets(st.integers(600, LASTS_MS - 1), max_size=20),
    let_go=st.integers(900, 4 * LASTS_MS),
    seed=st.integers(0, 2**16),
)
def test_what_is_sent_is_always_safe(
    arm: tuple[ArmModel, int],
    config: TeleopConfig,
    period_ms: float,
    jitter: float,
    away: float,
    amplitude: float,
    hertz: float,
    trouble: list[Trouble],
    words: list[tuple[int, Verb]],
    dropped: set[int],
    let_go: int,
    seed: int,
):
    model, cycle_ms = arm
    leader = Leader(model, period_ms, jitter, away, amplitude, hertz, trouble, np.random.default_rng(seed))
    teleop = Teleop(config, model, round(period_ms * MS), model.home, 0.08, cycle_ms * MS)
    requests = defaultdict[int, list[Verb]](list, {40: ["approach"]})
    for at_ms, verb in words:
        requests[at_ms].append(verb)
    sent: list[Reference] = []
    times: list[int] = []
    driven_ns, asked = START, list[Verb]()
    for ms in range(LASTS_MS):
        now_ns = START + ms * MS
        asked += requests[ms]
        if ms % cycle_ms or ms in dropped:
            continue
        leader.until(now_ns, teleop)
        for verb in asked:
            teleop.request(verb)
        asked.clear()
        teleop.heartbeat(now_ns)
        teleop.deadman(ms < let_go)
        robot = sent[-1].q if sent else model.home
        reference = teleop.update(now_ns, robot, np.zeros(model.joints), 1.0, None)
        if reference.state not in (State.HOLD, State.FAULT):
            driven_ns = now_ns
        elif now_ns - driven_ns > STOP_S * 1e9 + (len(dropped) + 1) * cycle_ms * MS:
            assert np.all(reference.dq == 0.0)
        sent.append(reference)
        times.append(now_ns)
    check_limits(model, config, cycle_ms, sent, times)
    check_states(sent)


def check_limits(model: ArmModel, config: TeleopConfig, cycle_ms: int, sent: list[Reference], times: list[int]) -> None:
    limits, cycle_ns = model.limits, cycle_ms * MS
    q = np.array([model.home] + [reference.q for reference in sent])
    v = np.array([np.zeros(model.joints)] + [reference.dq for reference in sent])
    elapsed_ns = np.diff(np.array(times), prepend=START - cycle_ns)
    dt_s, even = elapsed_ns[:, None] * 1e-9, elapsed_ns == cycle_ns  # not even: cycles between were dropped
    a = np.diff(v, axis=0) / dt_s
    bounds = np.array([model.velocity_bounds(one) for one in q])
    assert np.allclose(np.diff(q, axis=0)[even], (v[1:] * dt_s)[even], atol=1e-12)
    assert np.all(np.abs(np.diff(q, axis=0)) <= config.velocity * limits.velocity * dt_s)
    assert np.all(np.abs(a) <= STOP_SHARE * limits.acceleration + 1e-6)
    steps = np.abs(np.diff(a, axis=0))[even[1:] & even[:-1]]
    assert np.all(steps <= STOP_SHARE * limits.jerk * cycle_ms * 1e-3 + 1e-6)
    assert np.all((v <= config.velocity * bounds[:, 1] + 1e-9) & (v >= config.velocity * bounds[:, 0] - 1e-9))
    assert np.all((q >= limits.q_min + config.margin_rad) & (q <= limits.q_max - config.margin_rad))


def check_states(sent: list[Reference]) -> None:
    """The robot stands in IDLE, and RAMP and FOLLOW are reached through ALIGN only."""
    before = State.IDLE
    for reference in sent:
        if reference.state is State.IDLE:
            assert np.all(reference.dq == 0.0)
        if reference.state is State.RAMP and before is not State.RAMP:
            assert before is State.ALIGN
        if reference.state is State.FOLLOW and before is not State.FOLLOW:
            assert before is State.RAMP
        assert 0.0 < reference.stiffness <= 1.0
        before = reference.state
