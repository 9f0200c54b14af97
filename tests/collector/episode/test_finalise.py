"""What a sealed episode holds, whatever happened to the recording."""

import json
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from collector.episode.finalise import finalise
from collector.episode.journal import Journal
from collector.episode.reader import Episode
from collector.episode.verify import verify
from tests.episodes import (
    NAME,
    Faults,
    TruthDict,
    make_episode,
    make_journal,
    make_meta,
    picture,
    position,
    width,
)


def errors(episode: Episode, truth: TruthDict, name: str) -> np.ndarray:
    known = dict(map(tuple, truth[name].tolist()))
    columns = episode.stream(name)
    return columns["t_ns"] - np.array([known[int(seq)] for seq in columns["seq"]])


def test_the_journal_becomes_one_sealed_file(whole: Path) -> None:
    assert whole.name == f"{NAME}.hdf5"
    assert [path.name for path in whole.parent.iterdir()] == [whole.name]
    assert verify(whole) == []
    with Episode(whole) as episode:
        assert episode.status == "success"
        assert episode.instruction == "pick up the cube"
        assert episode.cameras == ("front", "side", "wrist")
        assert episode.names == (*(f"right_joint_{i}" for i in range(1, 8)), "right_gripper")
        assert episode.labels["outcome"] == "success"
        assert episode.labels["score"] == 4
        assert [entry["what"] for entry in episode.labels["history"]] == [{"score": 4}]
        assert episode.rig["name"] == "virtual"


@pytest.mark.parametrize("seed", range(4))
def test_every_stored_stamp_lies_within_its_bound(tmp_path: Path, seed: int) -> None:
    path = tmp_path / f"{NAME}.journal"
    truth = make_journal(path, seconds=2.0, seed=seed)
    with Episode(finalise(path)) as episode:
        for name in truth:
            columns = episode.stream(name)
            assert (np.abs(errors(episode, truth, name)) <= columns["u_ns"]).all(), name
        assert np.percentile(np.abs(errors(episode, truth, "cameras/front")), 99) < 150_000
        assert np.percentile(np.abs(errors(episode, truth, "arms/right")), 99) < 300_000


@pytest.mark.parametrize("seed", range(3))
def test_no_stream_is_farther_from_a_step_than_its_bound(tmp_path: Path, seed: int) -> None:
    path = tmp_path / f"{NAME}.journal"
    truth = make_journal(path, seconds=2.0, seed=seed)
    with Episode(finalise(path)) as episode:
        bound = episode.steps["bound_ns"]
        assert bound[episode.valid].max() < 500_000
        for camera in episode.cameras:
            frame = episode.frame_index(camera)
            there = frame >= 0
            seen = truth[f"cameras/{camera}"][frame[there], 1]
            assert (np.abs(seen - episode.t_ns[there]) <= bound[there]).all()


def test_joints_on_the_steps_are_where_the_arm_was(whole: Path) -> None:
    with Episode(whole) as episode:
        valid, t_ns = episode.valid, episode.t_ns
        assert np.count_nonzero(valid) > 0.9 * len(t_ns)
        # 0.3 ms at this motion's greatest speed
        assert np.abs(episode.qpos[valid, :7] - position(t_ns[valid])).max() < 3e-4 * 3.4
        assert np.abs(episode.qpos[valid, 7] - width(t_ns[valid])).max() < 1e-3
        told = position(t_ns[valid] + 5_000_000)
        assert np.abs(episode.action[valid, :7] - told).max() < 1e-3 * 3.4
        assert np.isnan(episode.effort[:, 7]).all()
        assert np.array_equal(episode.steps["measured"], episode.qpos, equal_nan=True)
        assert np.array_equal(episode.steps["sent"], episode.action, equal_nan=True)


def test_a_lost_frame_is_missing_not_shifted(tmp_path: Path) -> None:
    lost = {"side": (20, 21, 50)}
    path = make_episode(tmp_path, faults=Faults(lost_frames=lost))
    assert verify(path) == []
    with Episode(path) as episode:
        assert episode.stream_attrs("cameras/side")["lost"] == 3
        assert episode.gaps("cameras/side")["count"].tolist() == [1, 1, 1]
        missing = np.flatnonzero(episode.frame_index("side") < 0)
        assert episode.steps["edge_seq"][missing].tolist() == [20, 21, 50]
        assert not episode.valid[missing].any()
        for step in range(len(episode.t_ns)):
            number = int(episode.steps["edge_seq"][step])
            assert episode.jpeg("front", step) == picture(number)
            assert episode.jpeg("side", step) == (None if number in lost["side"] else picture(number))


def test_a_lost_edge_takes_its_step_and_nothing_else(tmp_path: Path) -> None:
    path = make_episode(tmp_path, faults=Faults(lost_edges=(30, 31)))
    with Episode(path) as episode:
        numbers = episode.steps["edge_seq"]
        assert not set(numbers.tolist()) & {30, 31}
        assert len(episode.stream("cameras/front")["t_ns"]) == len(numbers) + 2
        for step in (29, 30, 60):
            assert episode.jpeg("wrist", step) == picture(int(numbers[step]))


def test_a_silent_arm_is_not_interpolated_over(tmp_path: Path) -> None:
    path = make_episode(tmp_path, faults=Faults(silent_arm_s=(0.8, 1.2)))
    with Episode(path) as episode:
        at = (episode.t_ns - episode.monotonic_anchor_ns) * 1e-9
        silent = (at > 0.81) & (at < 1.19)
        assert np.isnan(episode.qpos[silent, :7]).all()
        assert np.isnan(episode.ee_pose[silent]).all()
        assert not episode.valid[silent].any()
        assert episode.valid[(at > 0.2) & (at < 0.79)].all()


def test_aloha_readers_need_only_h5py_and_opencv(tmp_path: Path) -> None:
    path = make_episode(tmp_path, faults=Faults(lost_frames={"wrist": (40,)}))
    with h5py.File(path) as file:
        assert bool(file.attrs["sim"]) and bool(file.attrs["compress"])
        count = len(file["observations/qpos"])
        assert file["action"].shape == file["observations/qpos"].shape == (count, 8)
        assert list(file["observations/images"]) == ["front", "side", "wrist"]
        assert file["compress_len"].shape == (3, count)
        for row, (name, images) in enumerate(file["observations/images"].items()):
            assert images.ndim == 2 and len(images) == count
            for step, padded in enumerate(images):
                if not file["compress_len"][row, step]:
                    assert (name, step) == ("wrist", 40) and not padded.any()
                    continue
                image = cv2.imdecode(padded, cv2.IMREAD_COLOR)
                expected = cv2.imdecode(np.frombuffer(picture(step), np.uint8), cv2.IMREAD_COLOR)
                assert np.array_equal(image, expected)


def test_a_recording_cut_off_keeps_what_was_committed(tmp_path: Path) -> None:
    path = make_episode(tmp_path, seconds=1.0, faults=Faults(cut=3000))
    with Episode(path) as episode:
        assert episode.status == "interrupted"
        assert np.count_nonzero(episode.valid) > 50
        assert episode.provenance["journal"]["torn_tail"] > 0
        assert episode.provenance["journal"]["damage"] == []
    assert verify(path) == []  # what was never acknowledged is no damage


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_any_truncation_that_spares_the_metadata_gives_a_readable_episode(journal: Path, share: float) -> None:
    with journal.open("r+b") as file:
        file.truncate(int(share * journal.stat().st_size))
    with Episode(finalise(journal)) as episode:
        assert episode.status == "interrupted"
        assert len(episode.stream("trigger")["t_ns"]) > 0


def test_damage_in_the_middle_is_skipped_and_recorded(journal: Path) -> None:
    body = bytearray(journal.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 500] = bytes(500)
    journal.write_bytes(body)
    path = finalise(journal)
    with Episode(path) as episode:
        damage = episode.provenance["journal"]["damage"]
        assert len(damage) == 1 and damage[0]["bytes"] >= 500
        for step in np.flatnonzero(episode.frame_index("front") >= 0):
            assert episode.jpeg("front", step) == picture(int(episode.steps["edge_seq"][step]))
    assert verify(path)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_damage_it_is_skipped_or_the_journal_is_kept(journal: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    body = bytearray(journal.read_bytes())
    for _ in range(int(rng.integers(1, 30))):
        start = int(rng.integers(2000, len(body)))
        body[start : start + 200] = rng.bytes(min(200, len(body) - start))
    journal.write_bytes(body[: int(rng.integers(len(body) // 2, len(body)))])
    with Episode(finalise(journal)) as episode:
        assert episode.provenance["journal"]["damage"]
        for camera in episode.cameras:
            for step in np.flatnonzero(episode.frame_index(camera) >= 0):
                assert episode.jpeg(camera, step) == picture(int(episode.steps["edge_seq"][step]))


@pytest.mark.parametrize(
    "absent",
    [
        ("trigger",),
        ("cameras/front", "cameras/side", "cameras/wrist"),
        ("arms/right",),
        ("commands/right", "grippers/right", "leaders/right"),
        ("trigger", "cameras/front", "arms/right", "commands/right", "grippers/right"),
    ],
)
def test_an_episode_without_whole_streams_is_still_sealed(tmp_path: Path, absent: tuple[str, ...]) -> None:
    path = make_episode(tmp_path, seconds=1.0, faults=Faults(absent=absent))
    assert verify(path) == []
    with Episode(path) as episode:
        assert not episode.valid.any()
        for name in episode.streams:
            assert bool(len(episode.stream(name)["t_ns"])) == (name not in absent)


def test_without_edges_cameras_fall_back_to_their_own_clock(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.journal"
    truth = make_journal(path, faults=Faults(absent=("trigger",)))
    with Episode(finalise(path)) as episode:
        attrs = episode.stream_attrs("cameras/front")
        assert (attrs["source"], attrs["sync_class"]) == ("device", "timestamped")
        columns = episode.stream("cameras/front")
        assert (np.abs(errors(episode, truth, "cameras/front")) <= columns["u_ns"]).all()
        assert len(episode.t_ns) == 0


def test_a_journal_that_ended_before_its_first_sample_is_sealed_empty(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.journal"
    Journal.create(path, make_meta(("front",), 0, {})).close("failed", {})
    sealed = finalise(path)
    assert verify(sealed) == []
    with Episode(sealed) as episode:
        assert episode.status == "failed" and len(episode.t_ns) == 0
        assert episode.qpos.shape == (0, 8)


def test_provenance_is_plain_json(whole: Path) -> None:
    with h5py.File(whole) as file:
        told = json.loads(file["provenance"][()])
        assert told["provenance"] == {"software": "tests", "operator": "operator-1"}
        assert told["journal"]["end"]["summary"] == {"stopped_by": "operator"}
        assert np.array_equal(file["calibration/front/K"], np.eye(3))
        assert file["calibration/front"].attrs["model"] == "opencv5"
        assert len(file["clocks/trigger/pings/seq"]) > 100
