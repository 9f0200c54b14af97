import numpy as np
import pytest

from collector.episode.restamp import restamp_arm, restamp_camera, restamp_edges, restamp_gripper
from hardware.config import RealSenseConfig
from hardware.rows import EDGE, FRAME, GRIPPER, PING, arm_row
from hardware.samples import TimeSource

PERIOD = 16_666_667


def some_frames(count: int) -> np.ndarray:
    found = np.zeros(count, FRAME)
    edges = np.arange(count) * PERIOD + 10**12
    found["ticks"] = edges // 1000
    found["t_arrival_ns"] = edges + 8_000_000
    found["t_ns"], found["u_ns"], found["exposure_us"] = edges + 5, 10**7, 4000
    return found


def prompt_before() -> np.ndarray:
    t_ns = 10**12 - np.arange(1, 6)[::-1] * 10**9
    return np.column_stack([t_ns // 1000, t_ns + 8_000_000])


UNSEEN = np.zeros((0, 2), np.int64)


def test_without_pings_the_edges_keep_the_drivers_stamps_and_say_why() -> None:
    edges = np.zeros(20, EDGE)
    edges["t_ns"] = np.arange(20) * PERIOD
    found = restamp_edges(edges, np.zeros(0, PING))
    assert np.array_equal(found.rows, edges)
    assert "pings" in found.note


def test_edges_that_no_clock_can_have_stamped_keep_the_drivers_stamps_and_say_why() -> None:
    pings = np.zeros(200, PING)
    sent = np.arange(200) * 100_000_000 + 10**12
    pings["t_sent_ns"], pings["t_received_ns"] = sent, sent + 400_000
    pings["ticks_rx"], pings["ticks_tx"] = sent + 100_000, sent + 120_000
    edges = np.zeros(20, EDGE)
    edges["t_ns"] = edges["t_arrival_ns"] = sent[100] + np.arange(20) * PERIOD
    edges["ticks"] = edges["t_ns"] + 10**9
    found = restamp_edges(edges, pings)
    assert np.array_equal(found.rows, edges)
    assert "20 samples keep the driver's stamps (no pings of the clock that stamped them)" in found.note


def test_mid_exposure_is_half_an_exposure_before_the_edge_that_ends_it() -> None:
    rows = some_frames(120)
    edges = np.arange(120) * PERIOD + 10**12
    camera = RealSenseConfig(serial="1", edge_to_exposure_end_us=30.0, edge_to_exposure_end_u_us=40.0)
    found = restamp_camera(rows, edges, np.full(120, 20_000), camera, PERIOD, prompt_before())
    assert found.stream.source is TimeSource.MID_EXPOSURE
    assert found.match is not None and found.match.edge.tolist() == list(range(120))
    assert np.abs(found.stream.rows["t_ns"] - (edges + 30_000 - 2_000_000)).max() <= 1
    assert (found.stream.rows["u_ns"] >= 60_000).all()
    assert np.array_equal(found.stream.causal_t_ns, rows["t_ns"])


def test_a_camera_off_the_sync_line_has_its_own_clock_and_a_wider_bound() -> None:
    rows = some_frames(120)
    edges = np.arange(120) * PERIOD + 10**12
    camera = RealSenseConfig(serial="1", sync="off")
    found = restamp_camera(rows, edges, np.full(120, 20_000), camera, PERIOD, UNSEEN)
    assert found.match is None
    assert found.stream.source is TimeSource.DEVICE
    assert (np.abs(found.stream.rows["t_ns"] - (edges - 2_000_000)) <= found.stream.rows["u_ns"]).all()
    assert (found.stream.rows["u_ns"] >= 8_000_000).all()


def test_a_camera_that_slides_against_the_edges_is_not_called_tied() -> None:
    rows = some_frames(600)
    edges = np.arange(600) * PERIOD + 10**12
    slid = (np.arange(600) * PERIOD * 1.013).astype(np.int64) + 10**12
    rows["ticks"], rows["t_arrival_ns"] = slid // 1000, slid + 8_000_000
    found = restamp_camera(rows, edges, np.full(600, 20_000), RealSenseConfig(serial="1"), PERIOD, prompt_before())
    assert found.match is None


@pytest.mark.parametrize("late_ns", [0, 6 * PERIOD, 500_000_000])
def test_a_camera_that_may_be_late_by_whole_periods_is_not_tied_and_says_why(late_ns: int) -> None:
    rows = some_frames(120)
    edges = np.arange(120) * PERIOD + 10**12
    rows["t_arrival_ns"] += late_ns
    found = restamp_camera(rows, edges, np.full(120, 20_000), RealSenseConfig(serial="1"), PERIOD, UNSEEN)
    assert found.match is None and found.stream.source is TimeSource.DEVICE
    assert "prompt" in found.stream.note
    assert (np.abs(found.stream.rows["t_ns"] - (edges - 2_000_000)) <= found.stream.rows["u_ns"]).all()
    assert (np.diff(found.stream.rows["t_ns"]) > 0).all()


@pytest.mark.parametrize("offset_us", [-3000.0, 5000.0])
def test_an_exposure_that_ends_far_from_its_edge_finds_it_all_the_same(offset_us: float) -> None:
    rows = some_frames(120)
    edges = np.arange(120) * PERIOD + 10**12 - round(offset_us * 1000)
    camera = RealSenseConfig(serial="1", edge_to_exposure_end_us=offset_us)
    found = restamp_camera(rows, edges, np.full(120, 20_000), camera, PERIOD, prompt_before())
    assert found.match is not None and found.match.edge.tolist() == list(range(120))


def test_too_few_samples_keep_their_stamps() -> None:
    states = np.zeros(3, arm_row(7))
    states["t_ns"] = [1, 2, 3]
    assert np.array_equal(restamp_arm(states, (50.0, 350.0)).rows, states)
    assert restamp_camera(
        some_frames(2), np.zeros(0, np.int64), np.zeros(0, np.int64), RealSenseConfig(serial="1"), PERIOD, UNSEEN
    ).stream.note


def test_a_gripper_was_read_somewhere_in_its_bracket() -> None:
    reads = np.zeros(4, GRIPPER)
    reads["t_lo_ns"], reads["t_hi_ns"] = [0, 10, 20, 30], [4, 14, 27, 34]
    reads["t_ns"], reads["u_ns"] = reads["t_hi_ns"], 10
    found = restamp_gripper(reads).rows
    assert (found["t_ns"] - found["u_ns"] <= reads["t_lo_ns"]).all()
    assert (found["t_ns"] + found["u_ns"] >= reads["t_hi_ns"]).all()


def test_a_gripper_driver_that_knows_better_than_the_bracket_is_believed() -> None:
    reads = np.zeros(1, GRIPPER)
    reads["t_lo_ns"], reads["t_hi_ns"], reads["t_ns"], reads["u_ns"] = 0, 10_000_000, 9_000_000, 150_000
    found = restamp_gripper(reads).rows
    assert (found["t_ns"][0], found["u_ns"][0]) == (9_000_000, 150_000)
