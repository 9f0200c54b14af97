"""Clocks that step within an episode: what is stamped is right on both sides, and the note says so."""

from collections.abc import Callable

import numpy as np
import pytest

from collector.episode.restamp import restamp_arm, restamp_camera, restamp_edges, restamp_leader
from hardware import rows
from hardware.config import DynamixelLeaderConfig, RealSenseConfig
from hardware.samples import TimeSource
from tests.synthetic import START_NS, SyntheticRig

PERIOD = 16_666_667
MS = 1_000_000
SEEDS = range(8)
DELAY_US = (80.0, 350.0)
LEADER = DynamixelLeaderConfig(port="x", ids=(1, 2, 3, 4, 5, 6, 7), signs=(1,) * 7, offsets_rad=(0.0,) * 7)
CAMERA = RealSenseConfig(serial="1", delivery_ms=7.0)

Step = Callable[[np.ndarray], np.ndarray]


def restart(ticks: np.ndarray) -> np.ndarray:
    return ticks - ticks.ravel()[0] + 5


def ahead(by: int) -> Step:
    return lambda ticks: ticks + by


def reset_box(rig: SyntheticRig, at_ns: int, step: Step) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pings, edges, truth of a box whose clock is another one after `at_ns`."""
    pings, (edges, truth) = rig.pings(), rig.edges()
    later = pings["t_received_ns"] >= at_ns
    base = pings["ticks_rx"][later][0]
    moved = step(np.array([base, *pings["ticks_rx"][later], *pings["ticks_tx"][later]]))[1:]
    pings["ticks_rx"][later], pings["ticks_tx"][later] = np.split(moved, 2)
    edge_later = truth[:, 1] >= at_ns
    edges["ticks"][edge_later] = step(np.array([base, *edges["ticks"][edge_later]]))[1:]
    return pings, edges, truth[:, 1]


@pytest.mark.parametrize("step", [restart, ahead(500 * MS), ahead(-3 * MS), ahead(-(10**15))])
def test_edges_before_and_after_a_reset_of_the_box_keep_their_bound(step: Step) -> None:
    for seed in SEEDS:
        rig = SyntheticRig(np.random.default_rng(seed), 8.0)
        pings, edges, true = reset_box(rig, START_NS + (2 + seed % 4) * 10**9, step)
        found = restamp_edges(edges, pings)
        assert (np.abs(found.rows["t_ns"] - true) <= found.rows["u_ns"]).all()
        assert np.percentile(found.rows["u_ns"], 95) < 500_000
        assert (np.diff(found.rows["t_ns"]) >= 0).all()
        assert "stepped" in found.note and "piece" in found.note


def test_edges_that_no_ping_vouches_for_keep_the_drivers_stamps() -> None:
    """The box restarted and the recording ended before the clocks were tied again."""
    rig = SyntheticRig(np.random.default_rng(1), 4.0)
    at_ns = START_NS + 3_900_000_000
    pings, edges, true = reset_box(rig, at_ns, restart)
    pings = pings[pings["t_sent_ns"] < at_ns]
    found = restamp_edges(edges, pings)
    late = true >= at_ns
    assert late.any()
    assert np.array_equal(found.rows["t_ns"][late], edges["t_ns"][late])
    assert (np.abs(found.rows["t_ns"] - true) <= found.rows["u_ns"]).all()
    assert f"{np.count_nonzero(late)} samples keep" in found.note


def test_a_clean_box_has_nothing_to_note() -> None:
    for seed in SEEDS:
        rig = SyntheticRig(np.random.default_rng(seed), 4.0)
        assert restamp_edges(rig.edges()[0], rig.pings()).note == ""


@pytest.mark.parametrize("step", [restart, ahead(5_000 * MS), ahead(40 * MS)])
def test_states_before_and_after_a_restart_of_the_controller_keep_their_bound(step: Step) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        states, truth = SyntheticRig(rng, 9.0).arm(rng)
        cut = int(rng.integers(3000, 6000))
        states["ticks"][cut:] = step(states["ticks"][cut:])
        kept = np.flatnonzero(rng.random(len(states)) > 0.05)
        found = restamp_arm(states[kept], DELAY_US)
        assert (np.abs(found.rows["t_ns"] - truth[kept, 1]) <= found.rows["u_ns"]).all()
        assert np.median(found.rows["u_ns"]) < 200_000
        assert "stepped" in found.note


def test_an_arm_that_loses_states_and_stalls_is_left_in_one_piece() -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        states, _ = SyntheticRig(rng, 6.0).arm(rng)
        for at in rng.integers(0, 5500, 6).tolist():
            part = slice(at, at + 300)
            states["t_arrival_ns"][part] = np.maximum(
                states["t_arrival_ns"][part], states["t_arrival_ns"][at] + 250 * MS
            )
        states = states[rng.random(len(states)) > 0.1]
        found = restamp_arm(states, DELAY_US)
        assert found.note == ""


def test_a_robot_restarted_within_moments_of_the_end_keeps_the_drivers_stamps_there() -> None:
    rng = np.random.default_rng(3)
    states, _ = SyntheticRig(rng, 5.0).arm(rng)
    states["ticks"][-5:] = restart(states["ticks"][-5:])
    found = restamp_arm(states, DELAY_US)
    assert np.array_equal(found.rows["t_ns"][-5:], states["t_ns"][-5:])
    assert "5 samples keep the driver's stamps" in found.note


def frames_with_truth(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rig = SyntheticRig(rng, 9.0)
    frames, truth = rig.frames(rng)
    return frames, truth[:, 1], rig.edge_ns, np.array(rig.anchors[0])


@pytest.mark.parametrize("step", [restart, ahead(5_000), ahead(16_667), ahead(-5_000), ahead(1_000_000), ahead(83_333)])
def test_a_camera_whose_clock_is_set_stays_on_its_edges(step: Step) -> None:
    for seed in SEEDS:
        frames, true, edges, anchors = frames_with_truth(seed)
        cut = 100 + 40 * seed
        frames["ticks"][cut:] = step(frames["ticks"][cut:])
        found = restamp_camera(frames, edges, np.full(len(edges), 1000), CAMERA, PERIOD, anchors)
        assert found.match is not None and found.stream.source is TimeSource.MID_EXPOSURE
        assert found.match.edge.tolist() == list(range(len(edges)))
        assert (np.abs(found.stream.rows["t_ns"] - true) <= found.stream.rows["u_ns"]).all()
        assert "stepped" in found.stream.note


@pytest.mark.parametrize("step", [restart, ahead(500_000), ahead(-60_000)])
def test_a_camera_without_edges_keeps_its_bound_through_a_step(step: Step) -> None:
    for seed in SEEDS:
        frames, true, _, _ = frames_with_truth(seed)
        frames["ticks"][250:] = step(frames["ticks"][250:])
        off = RealSenseConfig(serial="1", sync="off", delivery_ms=7.0)
        found = restamp_camera(frames, np.zeros(0, np.int64), np.zeros(0, np.int64), off, PERIOD, np.zeros((0, 2), int))
        assert (np.abs(found.stream.rows["t_ns"] - true) <= found.stream.rows["u_ns"]).all()
        assert found.stream.rows["u_ns"].max() < 20 * MS
        assert "stepped" in found.stream.note


def test_lost_and_late_frames_are_no_steps() -> None:
    for seed in SEEDS:
        frames, _, edges, anchors = frames_with_truth(seed)
        rng = np.random.default_rng(seed)
        for at in rng.integers(0, 500, 3).tolist():
            frames["t_arrival_ns"][at : at + 20] = np.maximum(
                frames["t_arrival_ns"][at : at + 20], frames["t_arrival_ns"][at] + 200 * MS
            )
        frames = frames[rng.random(len(frames)) > 0.2]
        frames["t_arrival_ns"] = np.maximum.accumulate(frames["t_arrival_ns"])
        found = restamp_camera(frames, edges, np.full(len(edges), 1000), CAMERA, PERIOD, anchors)
        assert found.stream.note == "" and found.match is not None


def test_a_camera_clock_that_stands_still_is_not_taken_to_pieces() -> None:
    frames, _, edges, anchors = frames_with_truth(2)
    frames["ticks"][200:] = frames["ticks"][200]
    found = restamp_camera(frames, edges, np.full(len(edges), 1000), CAMERA, PERIOD, anchors)
    assert "stepped" not in found.stream.note


@pytest.mark.parametrize("by_ms", [-16_000, -40, 12, 9000])
def test_a_servo_that_restarts_costs_neither_its_bound_nor_the_others(by_ms: int) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        reads, truth = SyntheticRig(rng, 6.0).leader(rng)
        usual = restamp_leader(reads, LEADER).rows["u_ns"].max()
        reads["servo_ticks"][500:, 0] += by_ms
        found = restamp_leader(reads, LEADER)
        assert (np.abs(found.rows["t_ns"] - truth[:, 1]) <= found.rows["u_ns"]).all()
        assert found.rows["u_ns"].max() <= 1.2 * usual
        assert "servo 1 stepped 2.5" in found.note


def test_servos_whose_ticks_stand_still_leave_the_plain_brackets() -> None:
    rng = np.random.default_rng(5)
    reads, truth = SyntheticRig(rng, 6.0).leader(rng)
    reads["servo_ticks"][300:] = reads["servo_ticks"][300]
    found = restamp_leader(reads, LEADER)
    assert (np.abs(found.rows["t_ns"] - truth[:, 1]) <= found.rows["u_ns"]).all()
    assert found.note == ""


def test_no_reads_and_no_states_are_no_error() -> None:
    assert len(restamp_leader(np.zeros(0, rows.leader_row(7)), LEADER).rows) == 0
    assert len(restamp_edges(np.zeros(0, rows.EDGE), SyntheticRig(np.random.default_rng(0), 2.0).pings()).rows) == 0
