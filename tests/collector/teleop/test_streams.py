"""Whatever a leader sends and whenever the operator engages: what reaches the robot is always safe."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.teleop.engage import State, Verb
from collector.teleop.limit import MAX_CYCLE_S, STOP_S, STOP_SHARE
from collector.teleop.reference import Reference, Teleop
from hardware.arms.limits import FR3, velocity_bounds
from hardware.samples import Vector
from tests.collector.teleop.virtual_time import AWAY, HOME, MS, QUICK, START, leader_sample

CYCLES = 2500


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
    st.integers(900, CYCLES),
    st.integers(1, 400),
    st.floats(-3.0, 3.0),
)
verbs = st.tuples(st.integers(0, CYCLES - 1), st.sampled_from(["engage", "engage", "release", "reset"]))


def damaged(trouble: Trouble, t_ns: int, q: Vector, dq: Vector) -> tuple[int, Vector, Vector] | None:
    match trouble.kind:
        case "gap":
            return None
        case "offset":
            return t_ns, q + trouble.size, dq
        case "nan":
            return t_ns, np.where(np.arange(7) == 3, np.nan, q), dq
        case "inf":
            return t_ns, q, np.where(np.arange(7) == 5, np.inf, dq)
        case "turn":
            return t_ns, q + np.where(np.arange(7) == 6, 2 * np.pi, 0.0), dq
        case "reboot":
            return t_ns, np.zeros(7), np.zeros(7)
        case "backward":
            return t_ns - 20 * MS, q, dq
        case "frozen":
            return START, q, dq
        case _:
            return t_ns, q, 4.0 * trouble.size * np.ones(7)


@settings(max_examples=20)
@given(
    period_ms=st.sampled_from([2.0, 5.0, 10.0, 40.0]),
    jitter=st.floats(0.0, 0.9),
    amplitude=st.floats(0.0, 0.8),
    hertz=st.floats(0.2, 3.0),
    trouble=st.lists(troubles, max_size=4),
    said=st.lists(verbs, max_size=6),
    dropped=st.sets(st.integers(900, CYCLES - 1), max_size=20),
    seed=st.integers(0, 2**16),
)
def test_what_is_sent_is_always_safe(
    period_ms: float,
    jitter: float,
    amplitude: float,
    hertz: float,
    trouble: list[Trouble],
    said: list[tuple[int, Verb]],
    dropped: set[int],
    seed: int,
):
    rng = np.random.default_rng(seed)
    teleop = Teleop(QUICK, FR3, round(period_ms * MS), HOME, 0.08)
    omega, period_ns = 2 * np.pi * hertz, round(period_ms * MS)
    requests: dict[int, Verb] = {40: "engage", **dict(said)}
    sent: list[Reference] = []
    times: list[int] = []
    driven_ns = next_ns = START
    for cycle in range(CYCLES):
        now_ns = START + cycle * MS
        while next_ns <= now_ns - MS:
            t_ns = next_ns + round(rng.uniform(0, jitter) * min(period_ns, 4 * MS))
            since = max((t_ns - START) * 1e-9 - 0.9, 0.0)
            sample = (
                t_ns,
                HOME + AWAY * amplitude * (1 - np.cos(omega * since)),
                AWAY * amplitude * omega * np.sin(omega * since),
            )
            for one in trouble:
                if sample is not None and 0 <= (next_ns - START) // MS - one.at_ms < one.for_ms:
                    sample = damaged(one, *sample)
            if sample is not None and sample[0] <= now_ns:
                teleop.on_leader(leader_sample(*sample))
            next_ns += period_ns
        if cycle in requests:
            teleop.request(requests[cycle])
        if cycle in dropped:
            continue
        robot = sent[-1].q if sent else HOME
        reference = teleop.update(now_ns, robot, np.zeros(7), 1.0, None)
        if reference.state not in (State.HOLD, State.FAULT):
            driven_ns = now_ns
        elif now_ns - driven_ns > STOP_S * 1e9 + len(dropped) * MS:
            assert np.all(reference.dq == 0.0)
        sent.append(reference)
        times.append(now_ns)
    q = np.array([HOME] + [reference.q for reference in sent])
    v = np.array([np.zeros(7)] + [reference.dq for reference in sent])
    dt_s = np.minimum(np.diff(np.array(times), prepend=START - MS) * 1e-9, MAX_CYCLE_S)[:, None]
    a = np.diff(v, axis=0) / dt_s
    lower, upper = velocity_bounds(q)
    assert np.allclose(np.diff(q, axis=0), v[1:] * dt_s, atol=1e-12)
    assert np.all(np.abs(a) <= STOP_SHARE * FR3.acceleration + 1e-6)
    assert np.all(np.abs(np.diff(a, axis=0)) <= STOP_SHARE * FR3.jerk * dt_s[1:] + 1e-6)
    assert np.all((v <= QUICK.velocity * upper + 1e-9) & (v >= QUICK.velocity * lower - 1e-9))
    low, high = FR3.q_min + QUICK.margin_rad, FR3.q_max - QUICK.margin_rad
    assert np.all((q >= low) & (q <= high))
    resting = [reference.state in (State.IDLE, State.ALIGN) for reference in sent]
    assert np.all(np.diff(q, axis=0)[resting] == 0.0)
