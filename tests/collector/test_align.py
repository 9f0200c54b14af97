import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.align import ArmTrack, CameraTrack, align, arm_steps, hold
from hardware.rows import GRIPPER, arm_row, command_row

MS = 1_000_000
PERIOD = 16_666_667


def states(t_ns: NDArray[np.int64], q: NDArray[np.float64], dq: NDArray[np.float64]) -> NDArray[np.void]:
    found = np.zeros(len(t_ns), arm_row(1))
    found["t_ns"], found["q"], found["dq"] = t_ns, q.reshape(-1, 1), dq.reshape(-1, 1)
    found["O_T_EE"] = np.eye(4).T.ravel()
    found["u_ns"] = 100_000
    return found


def commands(t_ns: list[int], sent: list[float]) -> NDArray[np.void]:
    found = np.zeros(len(t_ns), command_row(1))
    found["t_ns"], found["sent"] = t_ns, np.reshape(sent, (-1, 1))
    return found


def arm(t_ns: NDArray[np.int64], q: NDArray[np.float64], dq: NDArray[np.float64]) -> ArmTrack:
    return ArmTrack(states(t_ns, q, dq), None, commands([], []))


def frames(t_ns: list[int], edge: list[int] | None, u_ns: int = 50_000) -> CameraTrack:
    tied = None if edge is None else np.array(edge, np.int64)
    return CameraTrack(np.array(t_ns, np.int64), np.full(len(t_ns), u_ns), tied)


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.lists(st.integers(0, 10**9), max_size=30))
def test_cubic_motion_is_recovered_exactly(coefficients: list[float], when: list[int]) -> None:
    curve = np.polynomial.Polynomial(coefficients)
    t = np.arange(0, 1_000_000_001, 20 * MS)
    seconds = t * 1e-9
    track = arm(t, curve(seconds), curve.deriv()(seconds))
    instants = np.array(sorted(when), np.int64)
    expected = curve(instants * 1e-9)
    assert arm_steps(track, instants).qpos[:, 0] == pytest.approx(expected, abs=1e-9)


@given(st.integers(-(10**9), 2 * 10**9))
def test_nothing_is_extrapolated(t: int) -> None:
    samples = np.arange(0, 10**9 + 1, 10 * MS)
    on = arm_steps(arm(samples, samples * 1e-9, np.ones(len(samples))), np.array([t]))
    assert bool(on.valid[0]) == (0 <= t <= 10**9)
    assert np.isfinite(on.qpos[0, 0]) == np.isfinite(on.qvel[0, 0]) == on.valid[0]
    assert (on.bound_ns[0] >= 0) == on.valid[0]


@pytest.mark.parametrize(
    ("period_ms", "missing", "bridged"),
    [(10, 2, True), (10, 3, False), (1, 9, True), (1, 10, False)],
)
def test_gaps_of_more_than_three_periods_and_10_ms_are_not_bridged(period_ms: int, missing: int, bridged: bool) -> None:
    samples = np.delete(np.arange(60) * period_ms * MS, np.arange(20, 20 + missing))
    inside = np.array([20 * period_ms * MS - MS // 2])
    on = arm_steps(arm(samples, samples * 1e-9, np.ones(len(samples))), inside)
    assert bool(on.valid[0]) == bridged


def test_samples_out_of_order_do_not_bend_the_curve() -> None:
    t = np.array([0, 1, 2, 2, 1, 3, 4]) * MS
    on = arm_steps(arm(t, t * 1e-9, np.ones(len(t))), np.array([MS // 2, 5 * MS // 2, 7 * MS // 2]))
    assert on.qpos[:, 0] == pytest.approx([0.0005, 0.0025, 0.0035])


def test_an_action_is_the_last_one_told_at_or_before_the_instant() -> None:
    _, sent = hold(commands([10, 20, 30], [1.0, 2.0, 3.0]), np.array([9, 10, 19, 20, 99]), gripper=False)
    assert np.array_equal(sent[:, 0], [np.nan, 1, 1, 2, 3], equal_nan=True)


def test_a_gripper_keeps_the_last_width_that_it_was_told() -> None:
    told = commands([10, 20, 30], [1.0, 2.0, 3.0])
    told["sent_width"] = [0.08, np.nan, np.nan]
    _, sent = hold(told, np.array([5, 15, 35]), gripper=True)
    assert np.array_equal(sent, [[np.nan, np.nan], [1, 0.08], [3, 0.08]], equal_nan=True)


def test_a_stroke_is_bridged_a_silent_hand_is_not() -> None:
    t = np.arange(0, 6_000 * MS, MS)
    grip = np.zeros(24, GRIPPER)
    grip["t_ns"] = np.array([*range(0, 1000, 100), *range(1900, 2500, 100), *range(5000, 5800, 100)]) * MS
    grip["width"] = np.where(grip["t_ns"] <= 900 * MS, 0.08, 0.0)
    on = arm_steps(ArmTrack(states(t, t * 0.0, t * 0.0), grip, commands([], [])), np.array([1400, 4000]) * MS)
    assert on.qpos[0, 1] == pytest.approx(0.04)
    assert on.valid.tolist() == [True, False]


def test_gripper_comes_after_its_joints_with_its_slope_as_speed() -> None:
    t = np.arange(0, 101 * MS, MS)
    grip = np.zeros(3, GRIPPER)
    grip["t_ns"], grip["width"] = [0, 50 * MS, 100 * MS], [0.0, 0.05, 0.05]
    track = ArmTrack(states(t, t * 0.0, t * 0.0), grip, commands([0], [0.5]))
    on = arm_steps(track, np.array([25 * MS, 75 * MS]))
    assert on.qpos[:, 1] == pytest.approx([0.025, 0.05])
    assert on.qvel[:, 1] == pytest.approx([1.0, 0.0])
    assert np.isnan(on.effort[:, 1]).all()
    assert on.sent.shape == on.requested.shape == (2, 2)


def test_poses_turn_at_constant_rate_and_keep_their_sign() -> None:
    t = np.arange(0, 1001) * 10 * MS
    angle = t * 1e-9 * 2 * np.pi  # ten turns
    found = states(t, t * 0.0, t * 0.0)
    pose = np.tile(np.eye(4), (len(t), 1, 1))
    pose[:, 0, 0], pose[:, 0, 1] = np.cos(angle), -np.sin(angle)
    pose[:, 1, 0], pose[:, 1, 1] = np.sin(angle), np.cos(angle)
    pose[:, 0, 3] = t * 1e-9
    found["O_T_EE"] = pose.swapaxes(1, 2).reshape(-1, 16)
    instants = np.arange(3 * MS, 9_990 * MS, 17 * MS)
    on = arm_steps(ArmTrack(found, None, commands([], [])), instants).ee_pose
    assert on[:, 0] == pytest.approx(instants * 1e-9)
    assert np.abs(np.diff(on[:, 3:], axis=0)).max() < 0.06
    turned = 2 * np.unwrap(np.arctan2(on[:, 5], on[:, 6]))
    assert turned - turned[0] == pytest.approx((instants - instants[0]) * 1e-9 * 2 * np.pi, abs=1e-6)


EDGES = np.arange(10) * PERIOD + 10**9
SEQ = np.arange(10) + 100


def test_a_step_is_an_edge_plus_the_common_offset() -> None:
    cameras = {
        "a": frames([int(EDGES[i]) - 2 * MS for i in range(10)], list(range(10))),
        "b": frames([int(EDGES[i]) - 2 * MS + 30_000 for i in range(10)], list(range(10)), 20_000),
    }
    steps = align(EDGES, SEQ, PERIOD, cameras, {}, {})
    assert steps.mid_exposure_offset_ns == -2 * MS + 15_000
    assert steps.t_ns.tolist() == (EDGES - 2 * MS + 15_000).tolist()
    assert steps.edge_seq.tolist() == SEQ.tolist()
    assert set(steps.cameras["b"].offset_ns.tolist()) == {15_000}
    assert set(steps.bound_ns.tolist()) == {65_000}


def test_each_edge_between_first_and_last_frame_has_a_step_whoever_missed_it() -> None:
    seen = [2, 3, 6, 7]
    camera = frames([int(EDGES[i]) for i in seen], seen)
    steps = align(EDGES, SEQ, PERIOD, {"a": camera}, {}, {})
    assert steps.edge_seq.tolist() == [102, 103, 104, 105, 106, 107]
    assert steps.cameras["a"].frame.tolist() == [0, 1, -1, -1, 2, 3]
    assert steps.bound_ns.tolist() == [50_000, 50_000, -1, -1, 50_000, 50_000]


def test_a_frame_without_an_edge_is_on_no_step() -> None:
    camera = frames([int(t) for t in EDGES[:4]], [0, -1, 2, 3])
    steps = align(EDGES, SEQ, PERIOD, {"a": camera}, {}, {})
    assert steps.cameras["a"].frame.tolist() == [0, -1, 2, 3]


def test_an_untied_camera_gives_the_nearest_frame_within_half_a_period_once() -> None:
    tied = frames([int(t) for t in EDGES], list(range(10)))
    free = [int(EDGES[0]) + 4 * MS, int(EDGES[3]) - MS, int(EDGES[3]) + 3 * MS, int(EDGES[5]) + 7 * MS]
    steps = align(EDGES, SEQ, PERIOD, {"a": tied, "b": frames(free, None)}, {}, {})
    assert steps.mid_exposure_offset_ns == 0
    assert steps.cameras["b"].frame.tolist() == [0, -1, -1, 1, -1, 3, -1, -1, -1, -1]


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True), st.integers(0, 5))
def test_no_frame_is_shown_twice_and_none_at_another_edge(a: list[int], b: list[int], shift: int) -> None:
    a, b = sorted(a), sorted(b)
    cameras = {
        "a": frames([int(EDGES[i]) for i in a], a),
        "b": frames([int(EDGES[i]) + shift for i in b], b),
    }
    steps = align(EDGES, SEQ, PERIOD, cameras, {}, {})
    for name, edges in (("a", a), ("b", b)):
        frame = steps.cameras[name].frame
        assert len(set(frame[frame >= 0])) == np.count_nonzero(frame >= 0)
        for row in np.flatnonzero(frame >= 0):
            assert edges[frame[row]] == steps.edge_seq[row] - 100
    if a or b:
        assert steps.edge_seq.tolist() == list(range(100 + min(a + b), 101 + max(a + b)))
    else:
        assert len(steps.t_ns) == 0


def test_without_edges_there_are_no_steps() -> None:
    none = np.zeros(0, np.int64)
    t = np.arange(10) * MS
    steps = align(none, none, PERIOD, {"a": frames([1, 2], None)}, {"r": arm(t, t * 0.0, t * 0.0)}, {})
    assert len(steps.t_ns) == 0
    assert steps.arms["r"].qpos.shape == (0, 1)
