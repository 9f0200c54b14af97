"""The live watch names each fault within a second of data, and names nothing else; a clean rig it leaves in peace."""

from collections.abc import Callable

import numpy as np
import pytest

from collector.selftest.watch import Watch
from hardware.config import RigConfig
from tests.collector.watch_streams import (
    EXPOSURE_US,
    MS,
    SECOND,
    START_NS,
    Rows,
    Streams,
    feed,
    found,
    names,
    rig,
)

AT_S = 5.4
TRIGGER, SIDE, LEADER, ARM = "trigger", "cameras/side", "leaders/right", "arms/right"


@pytest.mark.parametrize("seed", range(20))
def test_a_clean_rig_has_no_findings(seed: int) -> None:
    assert found(Streams(seed, 8)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_clean_rig_whose_box_makes_the_pulses_has_none_either(seed: int) -> None:
    assert found(Streams(seed, 8, period_ns=SECOND / 60), rig("drive")) == []


def named_in_time(streams: Streams, config: RigConfig | None = None, at_s: float = AT_S) -> set[tuple[str, str]]:
    """What was named, once it is certain that it was within a second of the fault (and the tick that tells it)."""
    findings = found(streams, config)
    assert findings
    first_s = (min(one.t_ns for one in findings) - START_NS) * 1e-9
    assert at_s <= first_s <= at_s + 1.1
    return names(findings)


# -- the sync line and the box ---------------------------------------------------------------------


def on_the_line(change: Callable[[Streams, int], None], seed: int = 1) -> set[tuple[str, str]]:
    streams = Streams(seed, 8)
    change(streams, streams.at(TRIGGER, AT_S))
    return named_in_time(streams)


def insert_edge(streams: Streams, k: int, after_ns: int) -> None:
    edges = streams.rows[TRIGGER]
    extra = edges[k : k + 1].copy()
    for key in ("ticks", "t_ns", "t_arrival_ns"):
        extra[key] += after_ns
    streams.rows[TRIGGER] = np.concatenate([edges[: k + 1], extra, edges[k + 1 :]])
    streams.rows[TRIGGER]["seq"] = np.arange(len(edges) + 1)


@pytest.mark.parametrize("count", [1, 3])
def test_pulses_that_the_box_does_not_see(count: int) -> None:
    def change(streams: Streams, k: int) -> None:
        streams.drop(TRIGGER, k, count)
        streams.rows[TRIGGER]["seq"] = np.arange(len(streams.rows[TRIGGER]))

    assert on_the_line(change) == {(TRIGGER, "edges missing")}


def test_pulses_missing_before_the_beat_is_known() -> None:
    streams = Streams(3, 4)
    streams.drop(TRIGGER, 2, 2)
    streams.rows[TRIGGER]["seq"] = np.arange(len(streams.rows[TRIGGER]))
    assert named_in_time(streams, at_s=0) == {(TRIGGER, "edges missing")}


@pytest.mark.parametrize("after_us", [50, 300, 3000])
def test_doubled_edges(after_us: int) -> None:
    assert on_the_line(lambda s, k: insert_edge(s, k, after_us * 1000)) == {(TRIGGER, "edges doubled")}


def test_every_edge_doubled() -> None:
    def change(streams: Streams, k: int) -> None:
        for one in range(k, k + 40, 2):
            insert_edge(streams, one, 300_000)

    assert on_the_line(change) == {(TRIGGER, "edges doubled")}


def test_an_extra_edge() -> None:
    assert on_the_line(lambda s, k: insert_edge(s, k, 8 * MS)) == {(TRIGGER, "edges extra")}


@pytest.mark.parametrize("count", [1, 200])
def test_edges_stamped_late(count: int) -> None:
    def change(streams: Streams, k: int) -> None:
        for key in ("ticks", "t_ns"):
            streams.rows[TRIGGER][key][k : k + count] += 500_000

    assert on_the_line(change) == {(TRIGGER, "edges late")}


@pytest.mark.parametrize("count", [1, 6])
def test_lost_messages(count: int) -> None:
    assert on_the_line(lambda s, k: s.drop(TRIGGER, k, count)) == {(TRIGGER, "messages lost")}


def test_a_reset_of_the_box() -> None:
    def change(streams: Streams, k: int) -> None:
        edges = streams.rows[TRIGGER]
        edges["ticks"][k:] += 3 * SECOND - edges["ticks"][k]
        edges["seq"][k:] = np.arange(len(edges) - k)

    assert on_the_line(change) == {(TRIGGER, "box reset")}


def test_a_bound_over_its_limit() -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[TRIGGER]["u_ns"][k:] = 560_000

    assert on_the_line(change) == {(TRIGGER, "clock bound")}


def test_a_box_whose_crystal_changes_its_rate_is_not_taken_for_changed_cameras() -> None:
    def change(streams: Streams, k: int) -> None:
        ticks = streams.rows[TRIGGER]["ticks"]
        ticks[k:] += ((ticks[k:] - ticks[k]) * 80e-6).astype(np.int64)

    assert on_the_line(change) == {(TRIGGER, "clock rate")}


def test_a_line_that_stops() -> None:
    streams = Streams(1, 8)
    streams.rows[TRIGGER] = streams.rows[TRIGGER][: streams.at(TRIGGER, AT_S)]
    assert named_in_time(streams) == {(TRIGGER, "silent")}


# -- a camera --------------------------------------------------------------------------------------


def on_a_camera(
    change: Callable[[Streams, int], None], seed: int = 1, config: RigConfig | None = None
) -> set[tuple[str, str]]:
    streams = Streams(seed, 8)
    change(streams, streams.at(SIDE, AT_S))
    return named_in_time(streams, config)


@pytest.mark.parametrize("count", [1, 2, 20])
def test_lost_frames(count: int) -> None:
    assert on_a_camera(lambda s, k: s.drop(SIDE, k, count)) == {(SIDE, "frames lost")}


def test_doubled_frames() -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[SIDE] = np.repeat(streams.rows[SIDE], np.where(np.arange(len(streams.rows[SIDE])) == k, 2, 1))

    assert on_a_camera(change) == {(SIDE, "frames doubled")}


@pytest.mark.parametrize("count", [1, 12])
def test_identical_stamps(count: int) -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[SIDE]["ticks"][k : k + count] = streams.rows[SIDE]["ticks"][k - 1]

    assert on_a_camera(change) == {(SIDE, "stamps identical")}


def test_a_counter_that_slips() -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[SIDE]["seq"][k:] += 1

    assert on_a_camera(change) == {(SIDE, "counter slip")}


def lose_triggers(streams: Streams, k: int, count: int) -> None:
    streams.drop(SIDE, k, count)
    streams.rows[SIDE]["seq"] = 100 + np.arange(len(streams.rows[SIDE]))


@pytest.mark.parametrize("count", [1, 2, 15])
def test_pulses_that_a_camera_ignores(count: int) -> None:
    assert on_a_camera(lambda s, k: lose_triggers(s, k, count)) == {(SIDE, "triggers lost")}


def test_the_first_pair_of_triggers_ignored() -> None:
    streams = Streams(2, 4)
    lose_triggers(streams, 1, 2)
    assert named_in_time(streams, at_s=0) == {(SIDE, "triggers lost")}


def test_a_pulse_that_never_was_is_the_lines_fault_and_not_every_cameras() -> None:
    streams = Streams(1, 8)
    pulses = np.delete(streams.edge_ns, streams.at(TRIGGER, AT_S))
    streams.rows[TRIGGER] = streams.edges(pulses)
    for name in streams.camera_clocks:
        streams.rows[f"cameras/{name}"] = streams.frames(name, pulses)
    assert named_in_time(streams) == {(TRIGGER, "edges missing")}


def run_free(streams: Streams, k: int, rate_hz: float) -> None:
    """From frame k on at its own pace."""
    steps = np.arange(len(streams.edge_ns) - k) / rate_hz * SECOND
    ended = np.concatenate([streams.edge_ns[:k], streams.edge_ns[k] + steps.astype(np.int64)])
    streams.rows[SIDE] = streams.frames("side", ended)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate_hz", [60.03, 59.97, 58.0])
def test_a_slave_that_runs_free(rate_hz: float, seed: int) -> None:
    assert on_a_camera(lambda s, k: run_free(s, k, rate_hz), seed) == {(SIDE, "free-running")}


def test_a_slave_that_ran_free_and_finds_the_line_again() -> None:
    streams = Streams(1, 9)
    k = streams.at(SIDE, AT_S)
    ended = streams.edge_ns.copy()
    ended[k : k + 90] = ended[k] + (np.arange(90) / 60.03 * SECOND).astype(np.int64)
    streams.rows[SIDE] = streams.frames("side", ended)
    assert named_in_time(streams) == {(SIDE, "free-running")}


@pytest.mark.parametrize("seed", range(4))
def test_a_slave_that_never_followed(seed: int) -> None:
    streams = Streams(seed, 4)
    run_free(streams, 0, 60.03)
    assert named_in_time(streams, at_s=0) == {(SIDE, "free-running")}


@pytest.mark.parametrize("jump_us", [5_000, -5_000, 2_000, -2_000, 1_000_000, -1_000_000, 50_000])
def test_a_camera_clock_that_jumps(jump_us: int) -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[SIDE]["ticks"][k:] += jump_us

    assert on_a_camera(change) == {(SIDE, "clock jump")}


def test_a_camera_that_leaves_the_beat() -> None:
    def change(streams: Streams, k: int) -> None:
        ended = streams.edge_ns.copy()
        ended[k:] += 4 * MS
        streams.rows[SIDE] = streams.frames("side", ended)

    assert on_a_camera(change) == {(SIDE, "off beat")}


def test_a_camera_whose_crystal_changes_its_rate() -> None:
    def change(streams: Streams, k: int) -> None:
        ticks = streams.rows[SIDE]["ticks"]
        ticks[k:] += ((ticks[k:] - ticks[k]) * 80e-6).astype(np.int64)

    assert on_a_camera(change) == {(SIDE, "clock rate")}


def test_another_exposure() -> None:
    def change(streams: Streams, k: int) -> None:
        streams.rows[SIDE]["exposure_us"][k:] = 2 * EXPOSURE_US

    assert on_a_camera(change) == {(SIDE, "exposure changed")}


def test_frames_that_come_late_are_no_fault() -> None:
    streams = Streams(1, 8)
    k = streams.at(SIDE, AT_S)
    arrived = streams.rows[SIDE]["t_arrival_ns"]
    arrived[k : k + 40] = np.maximum(arrived[k : k + 40], arrived[k] + 400 * MS)
    assert found(streams) == []


def test_a_camera_that_is_not_on_the_line_may_run_at_its_own_pace() -> None:
    clean = rig()
    free = clean.cameras["side"].model_copy(update={"sync": "off"})
    config = clean.model_copy(update={"cameras": {**clean.cameras, "side": free}})
    streams = Streams(1, 8)
    run_free(streams, 0, 60.01)
    assert found(streams, config) == []


# -- joints ----------------------------------------------------------------------------------------


def on_joints(stream: str, change: Callable[[Rows, int], Rows | None]) -> set[tuple[str, str]]:
    streams = Streams(1, 8)
    changed = change(streams.rows[stream], streams.at(stream, AT_S))
    if changed is not None:
        streams.rows[stream] = changed
    return named_in_time(streams)


def test_a_gap_in_the_leaders_reads() -> None:
    def change(reads: Rows, k: int) -> Rows:
        kept = np.delete(reads, slice(k, k + 8))
        kept["seq"] = np.arange(len(kept))
        return kept

    assert on_joints(LEADER, change) == {(LEADER, "gap")}


@pytest.mark.parametrize("servo", [slice(None), 3])
def test_servos_that_answer_with_old_values(servo: slice | int) -> None:
    def change(reads: Rows, k: int) -> None:
        reads["servo_ticks"][k : k + 20, servo] = reads["servo_ticks"][k - 1, servo]

    assert on_joints(LEADER, change) == {(LEADER, "stale")}


def test_a_servo_that_lost_its_power() -> None:
    def change(reads: Rows, k: int) -> None:
        reads["servo_ticks"][k:, 0] -= 7_000

    assert on_joints(LEADER, change) == {(LEADER, "servo rebooted")}


def test_reads_that_fail() -> None:
    def change(reads: Rows, k: int) -> Rows:
        return np.delete(reads, np.arange(k, k + 200, 6))

    assert on_joints(LEADER, change) == {(LEADER, "reads retried")}


def test_a_usb_adapter_with_its_latency_timer_at_its_default() -> None:
    def change(reads: Rows, k: int) -> None:
        for key in ("t_hi_ns", "t_arrival_ns"):
            reads[key][k:] += 15 * MS

    assert on_joints(LEADER, change) == {(LEADER, "bus slow")}


@pytest.mark.parametrize("lost", [list(range(8)), list(range(0, 300, 9))])
def test_states_that_never_come(lost: list[int]) -> None:
    assert on_joints(ARM, lambda states, k: np.delete(states, k + np.array(lost))) == {(ARM, "states lost")}


@pytest.mark.parametrize("stream", [SIDE, LEADER, ARM])
def test_a_stream_that_ends(stream: str) -> None:
    assert on_joints(stream, lambda samples, k: samples[:k]) == {(stream, "silent")}


# -- how it tells ----------------------------------------------------------------------------------


def test_a_lasting_fault_is_told_once_a_second_with_a_count() -> None:
    streams = Streams(1, 9)
    streams.rows[SIDE]["exposure_us"][streams.at(SIDE, AT_S) :] = 5 * EXPOSURE_US // 4
    watch = Watch(rig())
    told = feed(watch, streams.rows, streams.end_ns)
    assert [round((one.t_ns - told[0].t_ns) / SECOND) for one in told] == [0, 1, 2, 3]
    assert 50 <= told[1].count <= 70
    status = watch.status(streams.end_ns)
    assert [(one["stream"], one["name"]) for one in status["findings"]] == [(SIDE, "exposure changed")]
    assert status["findings"][0]["count"] >= sum(one.count for one in told)


def test_figures_of_each_stream() -> None:
    streams = Streams(4, 20)
    watch = Watch(rig())
    feed(watch, streams.rows, streams.end_ns)
    figures = watch.status(streams.end_ns)["streams"]
    assert figures[TRIGGER]["rate_hz"] == pytest.approx(60, abs=0.02)
    assert figures[TRIGGER]["ppm"] == pytest.approx(streams.box.ppm, abs=10)
    assert figures[SIDE]["ppm"] == pytest.approx(streams.camera_clocks["side"].ppm, abs=10)
    assert abs(figures[SIDE]["offset_us"]) < 20
    assert figures[LEADER]["rate_hz"] == pytest.approx(200, abs=1)
    assert figures[ARM]["rate_hz"] == pytest.approx(1000, abs=1)
    assert figures[ARM]["bound_us"] == 250
    assert all(0 <= one["age_s"] < 0.3 and one["drops"] == 0 for one in figures.values())


def test_what_a_driver_tells_is_named_unless_the_rows_have_shown_it() -> None:
    watch, streams = Watch(rig()), Streams(1, 2)
    watch.note(START_NS, TRIGGER, "box fault", "a damaged line came; check the USB cable")
    assert names(watch.take(START_NS)) == {(TRIGGER, "box fault")}
    streams.drop(TRIGGER, 40, 1)
    watch.feed(TRIGGER, streams.rows[TRIGGER])
    watch.note(START_NS, TRIGGER, "box fault", "1 edge was lost")
    assert names(watch.take(START_NS + 3 * SECOND)) >= {(TRIGGER, "messages lost")}
