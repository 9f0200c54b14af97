"""The comparison of recorders: every one is offered the same frames, and the page says what was found."""

import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import capture_load, recorder_floor, recorder_ours
from benchmarks.recorder_meter import Found, Job, cpu_s
from benchmarks.recorder_page import cost_ms, page
from benchmarks.recorder_runs import SUBJECTS, Killed
from benchmarks.recorder_source import PERIOD_NS, Feed, Gate, Opened, latest, make_pictures
from collector.cli.options import load_rig
from collector.episode.journal_reader import scan


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "pictures.npy"
    make_pictures(path, width=64, height=48, loop=3, canvas=128)
    return path


def test_pictures_move_and_differ_by_camera(pictures: Path) -> None:
    made = np.load(pictures)
    assert made.shape == (3, 3, 48, 64, 3)
    assert not np.array_equal(made[0, 0], made[0, 1])
    assert not np.array_equal(made[0, 0], made[1, 0])


def test_a_feed_gives_each_frame_of_the_take_once_and_none_outside_it(pictures: Path) -> None:
    gate = Gate()
    feed = Feed(gate, np.load(pictures)[0])
    assert feed.next(0.01) is None
    take = gate.open(4)
    due = [came[0] for _ in range(4) if (came := feed.next(1.0)) is not None]
    assert due == [take.t0_ns + n * PERIOD_NS for n in range(4)]
    assert feed.next(0.01) is None
    assert feed.lost == 0


def test_a_reader_that_is_too_late_loses_the_oldest_frames_and_knows_how_many(pictures: Path) -> None:
    gate = Gate()
    gate.take = Opened(time.monotonic_ns() - 100 * PERIOD_NS, 200)
    feed = Feed(gate, np.load(pictures)[0])
    came = feed.next(1.0)
    assert came is not None
    assert feed.lost >= 36
    assert came[0] == gate.take.t0_ns + feed.lost * PERIOD_NS


def test_a_loop_that_polls_skips_what_it_was_too_slow_for() -> None:
    take = Opened(time.monotonic_ns() - 10 * PERIOD_NS, 5)
    assert list(latest(take)) == [4]


@pytest.mark.parametrize("how", ["jpeg", "x264"])
def test_the_floor_stores_every_frame(pictures: Path, tmp_path: Path, how: str) -> None:
    found = recorder_floor.measure(Job(str(pictures), str(tmp_path), 0.2, how))
    assert found.offered == found.stored == 36
    assert found.bytes > 0


def test_our_recorder_stores_the_frames(pictures: Path, tmp_path: Path) -> None:
    recorder = recorder_ours.Recorder(Job(str(pictures), str(tmp_path), 0.0, "rows1k"))
    journal, take = recorder.begin("episode_000000", 0.5)
    recorder.finish(take)
    recorder.stop_cameras()
    recorder.close()
    with scan(journal) as found:
        stored = sum(len(jpegs) for jpegs in found.jpegs.values())
    assert take.count * 3 == 90
    assert stored >= 90 - 3  # what a camera thread has in its hands at the stop


def test_the_meter_counts_work_done_here() -> None:
    before = cpu_s()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert cpu_s() - before >= 0.05


def test_what_the_frames_cost_by_themselves_is_taken_off() -> None:
    one = {"clapboard": _found(record=2.0, after=1.0), "source-threads": _found(record=0.2, after=0.0)}
    ours = next(subject for subject in SUBJECTS if subject.name == "clapboard")
    assert cost_ms(ours, whole=False)(one) == pytest.approx(1.0)
    assert cost_ms(ours, whole=True)(one) == pytest.approx(2.8 / 1.8)


def test_the_page_has_a_line_for_every_recorder() -> None:
    rounds = [{s.name: _found(record=len(s.name) + n, after=1.0) for s in SUBJECTS} for n in range(3)]
    killed = {"clapboard": Killed(900, 894, 360, 360, 1.5, "")}
    load = capture_load.Load("640x480@60", 0.41, 0.8, 5400, 0, 0, 0, 2, 0.01, 9.0)
    written = page({"cores": 2, "machine": "x", "python": "3.11", "date": "today"}, 10.0, rounds, killed, [load])
    assert all(subject.title in written for subject in SUBJECTS)
    assert "894 of 900" in written
    assert load.profile in written


@pytest.mark.parametrize("profile", capture_load.PROFILES)
def test_every_profile_is_one_that_the_rig_accepts(profile: str) -> None:
    path = Path("configs/rigs/virtual.yaml")
    plain, _ = load_rig(path, None)
    config, _ = load_rig(path, list(capture_load.settings(plain, profile)))
    width, height, fps = capture_load.PROFILES[profile]
    assert {(c.width, c.height, c.fps) for c in config.cameras.values()} == {(width, height, fps)}
    assert config.trigger.rate_hz == fps


def _found(record: float, after: float) -> Found:
    return Found(1800, 1800, record, after, 0.004, 2.0, 180_000_000)
