"""What the hand feels: never more than allowed, weightless leaders, walls, and feedback that makes no energy."""

import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.teleop import feel_force
from collector.teleop.feel import Feel
from collector.teleop.feel_gravity import Gravity
from hardware.arms.limits import FR3
from hardware.config import FeelConfig, GravityConfig
from hardware.samples import Vector
from tests.collector.teleop.leader_plant import STEP_S, Plant, weight_torque

READ_NS = 5_000_000
MIDDLE = (FR3.q_min + FR3.q_max) / 2

# A small arm in the manner of GELLO: a turntable, two links of 20 cm, a wrist with the handle.
ARM = GravityConfig(
    links=((0, 0.06, 0, 0), (0, 0, -math.pi / 2, 0), (0.2, 0, 0, 0.3), (0.2, 0.02, math.pi / 2, 0)),
    masses_kg=(0.05, 0.06, 0.05, 0.03),
    centers_m=((0, 0, 0), (0.12, 0.01, 0), (0.1, 0, 0.01), (0, 0.03, 0.05)),
    share=1.0,
)


def gravity(share: float, **changes: object) -> FeelConfig:
    model = ARM.model_copy(update={"share": share})
    return FeelConfig(mode="gravity", gravity=model, walls=False, torque_nm=0.5).model_copy(update=changes)


angles = st.lists(st.floats(-7, 7), min_size=4, max_size=4)


@given(angles)
def test_the_gravity_torque_is_the_gradient_of_the_potential(q: list[float]) -> None:
    torque = Gravity(ARM).torque(np.array(q))
    assert torque == pytest.approx(weight_torque(ARM, np.array(q)), abs=1e-7)


def test_gravity_follows_the_way_the_leader_is_mounted() -> None:
    hanging = ARM.model_copy(update={"up": (0.0, 0.0, -2.0)})
    q = np.array([0.3, -0.8, 1.1, 0.2])
    assert Gravity(hanging).torque(q) == pytest.approx(-Gravity(ARM).torque(q))


def test_gravity_takes_the_share_that_is_asked_for() -> None:
    q = np.array([0.3, -0.8, 1.1, 0.2])
    most = ARM.model_copy(update={"share": 0.85})
    assert Gravity(most).torque(q) == pytest.approx(0.85 * Gravity(ARM).torque(q))


anything = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=7, max_size=7)
sane = st.lists(st.floats(-4, 4), min_size=7, max_size=7)
reads = st.lists(
    st.tuples(
        st.integers(-10_000_000, 400_000_000),
        st.one_of(anything, sane),
        st.one_of(anything, sane),
        st.one_of(st.none(), anything, sane),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(reads, st.sampled_from(["spring", "gravity"]), st.floats(0, 1))
def test_no_input_makes_more_torque_than_allowed_or_one_that_is_none(
    stream: list[tuple[int, list[float], list[float], list[float] | None, bool]], mode: str, share: float
) -> None:
    model = GravityConfig(links=((0.1, 0.1, 1.0, 0.0),) * 7, masses_kg=(0.1,) * 7, centers_m=((0.05, 0.0, 0.02),) * 7)
    config = FeelConfig.model_validate({"mode": mode, "gravity": model, "force": share, "torque_nm": 0.2})
    feel = Feel(config, FR3, 7)
    now = 0
    for step, q, dq, tau_ext, following in stream:
        now += step
        tau = feel.update(now, np.array(q), np.array(dq), None if tau_ext is None else np.array(tau_ext), following)
        assert tau.shape == (7,)
        assert np.isfinite(tau).all()
        assert np.abs(tau).max() <= 0.2 + 1e-12
        assert 0.0 <= feel.scale <= 1.0


def fall(config: FeelConfig | None, friction: float) -> float:
    """How far the arm of ARM moves in a second after it is let go, deg; torque is held 5 ms and quantised in dq."""
    plant = Plant(ARM, np.array([0.2, -0.6, 0.9, 0.4]), np.zeros(4), friction=friction)
    start, tau = plant.q.copy(), np.zeros(4)
    feel = None if config is None else Feel(config, None, 4)
    for step in range(1000):
        if feel is not None and step % 5 == 0:
            dq = np.round(plant.dq / 0.024) * 0.024
            tau = feel.update(step * 1_000_000, plant.q, dq, None, False)
        plant.step(tau)
    return math.degrees(float(np.abs(plant.q - start).max()))


def test_a_leader_let_go_stays_where_it_is() -> None:
    assert fall(gravity(share=1.0), friction=0.0) < 2.0
    # With the default share the gears' own friction must hold the rest.
    assert fall(gravity(share=0.85), friction=0.05) < 2.0


def test_without_gravity_compensation_it_falls() -> None:
    assert fall(None, friction=0.05) > 30.0


def test_the_spring_pulls_to_where_the_leader_stood_or_to_the_pose_told() -> None:
    here = Feel(FeelConfig(mode="spring"), None, 2)
    assert here.update(0, np.array([0.5, 1.0]), np.zeros(2), None, False) == pytest.approx([0, 0])
    assert here.update(READ_NS, np.array([0.7, 0.9]), np.zeros(2), None, False) == pytest.approx([-0.03, 0.015])
    told = Feel(FeelConfig(mode="spring", rest_rad=(1.0, 0.0)), None, 2)
    assert told.update(0, np.array([0.5, 1.0]), np.zeros(2), None, False) == pytest.approx([0.075, -0.15])


def test_damping_brakes() -> None:
    feel = Feel(FeelConfig(mode="spring", spring_nm_rad=0, damping_nm_s_rad=0.02), None, 2)
    assert feel.update(0, np.zeros(2), np.array([3.0, -1.0]), None, False) == pytest.approx([-0.06, 0.02])


def push(newton_metres: float, walls: bool) -> float:
    """Where a steady push against joint 1 ends, rad beyond the begin of the wall."""
    feel = Feel(FeelConfig(mode="spring", spring_nm_rad=0, walls=walls), FR3, 7)
    q, dq, tau = MIDDLE.copy(), np.zeros(7), np.zeros(7)
    q[0] = FR3.q_max[0] - 0.3
    for step in range(3000):
        if step % 5 == 0:
            tau = feel.update(step * 1_000_000, q, dq, None, False)
        dq[0] += (newton_metres + tau[0]) / 0.004 * STEP_S
        q[0] += dq[0] * STEP_S
    return float(q[0] - (FR3.q_max[0] - 0.15))


def test_a_wall_stops_a_pushed_hand_inside_the_limit_and_only_a_wall_does() -> None:
    assert 0.0 < push(0.1, walls=True) < 0.15
    assert push(0.1, walls=False) > 0.5


def test_walls_never_pull_and_let_go_at_once() -> None:
    feel = Feel(FeelConfig(mode="spring", spring_nm_rad=0, damping_nm_s_rad=0), FR3, 7)
    q = MIDDLE.copy()
    q[1] = FR3.q_min[1] + 0.05
    leaving = np.zeros(7)
    leaving[1] = 5.0
    tau = feel.update(0, q, leaving, None, False)
    assert tau[1] == pytest.approx(1.04 * 0.1)
    assert np.count_nonzero(tau) == 1


def feedback(seconds: float, tau_ext: float, following: bool = True, share: float = 0.1) -> Vector:
    """Torque on one joint at every read, the leader at rest."""
    feel = Feel(FeelConfig(mode="spring", force=share, force_hz=15), None, 1)
    zero = np.zeros(1)
    count = round(seconds * 200)
    return np.array([feel.update(i * READ_NS, zero, zero, np.array([tau_ext]), following)[0] for i in range(count)])


def test_the_hand_is_pushed_away_from_what_the_robot_presses_on() -> None:
    tau = feedback(1.5, tau_ext=2.0)
    assert tau[-1] == pytest.approx(-0.2, rel=1e-3)
    assert np.abs(tau[:50]).max() <= 0.5 * 0.2 + 1e-9  # half of the ramp of 0.5 s
    assert (np.diff(tau) <= 1e-12).all()


def test_there_is_no_feedback_before_following_and_none_without_a_measurement() -> None:
    assert not feedback(1.0, tau_ext=2.0, following=False).any()
    assert not feedback(1.0, tau_ext=float("nan")).any()


def test_feedback_fades_when_following_ends() -> None:
    feel = Feel(FeelConfig(mode="spring", force=0.1), None, 1)
    zero, load = np.zeros(1), np.array([2.0])
    for i in range(300):
        feel.update(i * READ_NS, zero, zero, load, True)
    after = [abs(float(feel.update((300 + i) * READ_NS, zero, zero, load, False)[0])) for i in range(25)]
    assert 0.0 < after[0] < 0.2
    assert after[-1] == 0.0


def test_power_into_the_hand_for_long_is_scaled_down_and_comes_back() -> None:
    feel = Feel(FeelConfig(mode="spring", spring_nm_rad=0, damping_nm_s_rad=0, force=1.0, torque_nm=2), None, 1)
    load, q, low = np.array([-2.0]), np.zeros(1), 1.0
    for i in range(400):
        feel.update(i * READ_NS, q, np.zeros(1), load, True)
    for i in range(400, 460):  # the hand gives way at 2.5 rad/s: 5 W
        q = q + 2.5 * READ_NS * 1e-9
        feel._force.stored_j = 1.0  # pyright: ignore[reportPrivateUsage]  # the observer alone, without the tank
        feel.update(i * READ_NS, q, np.array([2.5]), load, True)
        low = feel.scale
    assert low < 0.6
    for i in range(460, 2400):
        feel.update(i * READ_NS, q, np.zeros(1), load, True)
    assert feel.scale > 0.95


def coupled(share: float, damping: float, push_nm: float) -> tuple[Vector, float]:
    """A hand (a mass on a soft arm) pushes a leader whose robot stands at a stiff wall 10 ms away, for 4 s.

    The robot's controller (240 Nm/rad, FR3 "firm") presses against the wall by how far the leader is beyond it.
    Returns the kinetic energy of the leader at every ms, and the energy that the feedback gave in all, J.
    """
    config = FeelConfig(mode="spring", spring_nm_rad=0, damping_nm_s_rad=damping, force=share, torque_nm=0.3)
    feel = Feel(config, None, 1)
    inertia, q, dq = 0.006, -0.05, 0.0
    late = deque([0.0] * 10, maxlen=10)
    tau = 0.0
    kinetic, given = list[float](), 0.0
    for step in range(4000):
        if step % 5 == 0:
            load = np.array([240.0 * max(late[0], 0.0)])
            tau = float(feel.update(step * 1_000_000, np.array([q]), np.array([dq]), load, True)[0])
        late.append(q)
        hand = push_nm * (step > 800) - 0.01 * dq
        dq += (hand + tau) / inertia * STEP_S
        q += dq * STEP_S
        given += tau * dq * STEP_S
        kinetic.append(0.5 * inertia * dq * dq)
    return np.array(kinetic), given


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("push_nm", [0.05, 0.15])
def test_a_stiff_wall_felt_late_stays_bounded(share: float, push_nm: float) -> None:
    kinetic, given = coupled(share, damping=0.01, push_nm=push_nm)
    windows = [float(part.max()) for part in np.split(kinetic, 8)]
    assert max(windows[4:]) < max(windows[:4])  # whatever the first contacts made dies away
    assert windows[-1] < 0.3 * max(windows)
    assert given <= 0.02 + 4 * 0.001 + 1e-3  # the tank, its refill, one read's mistake


def test_the_same_wall_without_the_tank_would_shake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feel_force, "_TANK_J", 1e9)
    kinetic, given = coupled(0.2, damping=0.01, push_nm=0.1)
    windows = [float(part.max()) for part in np.split(kinetic, 8)]
    assert windows[-1] > 2 * windows[1]
    assert given > 0.1
