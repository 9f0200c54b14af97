import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from collector.episode.reader import Episode
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.export.plan import ExportError
from collector.export.video import read_info
from tests.collector.export.conftest import CAMERAS
from tests.episodes import edited, make_episode


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _columns(out: Path, episode: int = 0) -> dict[str, np.ndarray]:
    table = pq.read_table(out / f"data/chunk-000/episode_{episode:06d}.parquet")
    return {key: np.array(values) for key, values in table.to_pydict().items()}


# -- what is in it ---------------------------------------------------------------------------------


def test_a_row_holds_what_the_step_held(exported: Path, whole: Path) -> None:
    columns = _columns(exported)
    with Episode(whole) as episode:
        rows = np.flatnonzero(episode.valid)
        assert columns["timing.t_ns"].tolist() == episode.t_ns[rows].tolist()
        assert columns["timing.alignment_bound_ns"].tolist() == episode.steps["bound_ns"][rows].tolist()
        joints = np.float32(episode.qpos[rows, :7])
        assert (columns["observation.state"][:, :7] == joints).all()
        assert (columns["action"][:, :7] == np.float32(episode.action[rows, :7])).all()
        assert (columns["observation.effort"] == np.float32(episode.effort[rows, :7])).all()
        assert (columns["observation.wrench"] == np.float32(episode.wrench[rows])).all()


def test_the_gripper_is_0_open_and_1_closed(exported: Path, whole: Path) -> None:
    columns = _columns(exported)
    with Episode(whole) as episode:
        width = episode.qpos[episode.valid, 7]
        speed = episode.qvel[episode.valid, 7]
    assert columns["observation.state"][:, 7] == pytest.approx(1 - width / 0.08, abs=1e-6)
    assert columns["observation.velocity"][:, 7] == pytest.approx(-speed / 0.08, abs=1e-5)


def test_timestamps_are_the_frame_index_over_the_rate(exported: Path) -> None:
    columns = _columns(exported)
    frame = columns["frame_index"]
    assert frame.tolist() == list(range(len(frame)))
    assert (columns["timestamp"] == (frame / 60).astype(np.float32)).all()


def test_info_describes_every_column_and_video(exported: Path) -> None:
    info = _json(exported / "meta/info.json")
    columns = _columns(exported)
    numbers = {key for key, feature in info["features"].items() if feature["dtype"] != "video"}
    assert numbers == set(columns)
    for key in numbers:
        feature = info["features"][key]
        assert feature["shape"] == list(columns[key].shape[1:] or (1,))
        assert feature["names"] is None or len(feature["names"]) == feature["shape"][0]
    assert info["codebase_version"] == "v2.1"
    assert (info["fps"], info["robot_type"]) == (60, "franka")
    assert (info["total_episodes"], info["total_videos"], info["splits"]) == (1, 2, {"train": "0:1"})
    assert info["total_frames"] == len(columns["index"])


def test_each_camera_has_one_picture_a_row(exported: Path) -> None:
    rows = len(_columns(exported)["index"])
    for camera in CAMERAS:
        path = exported / f"videos/chunk-000/observation.images.{camera}/episode_000000.mp4"
        assert read_info(path).frames == rows


def test_statistics_cover_every_feature(exported: Path) -> None:
    [entry] = _lines(exported / "meta/episodes_stats.jsonl")
    info = _json(exported / "meta/info.json")
    assert set(entry["stats"]) == set(info["features"])
    assert np.shape(entry["stats"]["observation.images.front"]["mean"]) == (3, 1, 1)
    whole = _json(exported / "meta/stats.json")
    action = _columns(exported)["action"].astype(np.float64)
    assert whole["action"]["q01"] == pytest.approx(np.quantile(action, 0.01, axis=0).tolist())


def test_the_set_knows_where_it_comes_from(exported: Path, whole: Path) -> None:
    found = _json(exported / "meta/clapboard.json")
    [source] = found["sources"]
    assert source["sha256"] == hashlib.sha256(whole.read_bytes()).hexdigest()
    assert source["uuid"] == "00000000-0000-4000-8000-000000000001"
    assert found["episodes"][0]["rows"] == len(_columns(exported)["index"])


def test_the_card_states_the_contract(exported: Path) -> None:
    card = (exported / "README.md").read_text()
    for said in ("pick up the cube", "0 = open", "60 Hz", "rad", "Missing frames", "right_joint_7"):
        assert said in card


def test_what_was_not_measured_is_left_out(folder: Path, whole: Path) -> None:
    deaf = folder / "deaf.hdf5"
    with edited(whole, deaf) as file:
        file["observations/wrench"][...] = np.nan
    report = export_lerobot_v21([deaf], folder / "unfelt")
    assert report.left_out == ("observation.wrench",)
    assert "observation.wrench" not in _columns(folder / "unfelt")


# -- several episodes ------------------------------------------------------------------------------


def test_episodes_keep_their_order_and_share_tasks(folder: Path, whole: Path) -> None:
    other = make_episode(folder, index=5, seed=9, seconds=1.0, cameras=CAMERAS)
    out = folder / "two"
    seen: list[tuple[str, int, int]] = []
    report = export_lerobot_v21([other, whole], out, progress=lambda *step: seen.append(step))
    assert (report.episodes, report.sources, report.videos) == (2, 2, 4)
    lengths = [episode["length"] for episode in _lines(out / "meta/episodes.jsonl")]
    assert _lines(out / "meta/tasks.jsonl") == [{"task_index": 0, "task": "pick up the cube"}]
    first, second = _columns(out, 0), _columns(out, 1)
    assert [len(first["index"]), len(second["index"])] == lengths
    assert np.concatenate([first["index"], second["index"]]).tolist() == list(range(report.rows))
    assert set(second["episode_index"]) == {1}
    assert {what for what, _, _ in seen} == {"checking", "encoding", "writing rows"}
    assert all(0 <= done <= total for _, done, total in seen)


def test_equal_input_gives_equal_bytes(folder: Path, exported: Path, whole: Path) -> None:
    again = folder / "again"
    export_lerobot_v21([whole], again)
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for file in files:
        assert (exported / file).read_bytes() == (again / file).read_bytes(), file


# -- gaps ------------------------------------------------------------------------------------------


def test_a_gap_inside_is_refused_with_the_choice(folder: Path, whole: Path, gappy: Path) -> None:
    with pytest.raises(ExportError, match=r"1 of 2 episodes.*episode_000001.*--gaps split.*--gaps drop"):
        export_lerobot_v21([whole, gappy], folder / "refused")
    assert not list(folder.glob("refused*"))


def test_splitting_starts_an_episode_after_each_gap(folder: Path, gappy: Path) -> None:
    out = folder / "split"
    report = export_lerobot_v21([gappy], out, gaps="split")
    assert (report.sources, report.episodes, report.gaps) == (1, 3, 2)
    for episode in range(3):
        t_ns = _columns(out, episode)["timing.t_ns"]
        assert (np.diff(t_ns) < 1.5e9 / 60).all()
    assert {entry["uuid"] for entry in _json(out / "meta/clapboard.json")["episodes"]} == {
        "00000000-0000-4000-8000-000000000002"
    }


def test_dropping_closes_the_gap_and_says_so(folder: Path, gappy: Path) -> None:
    out = folder / "drop"
    report = export_lerobot_v21([gappy], out, gaps="drop")
    assert (report.episodes, report.dropped, report.gaps) == (1, 2, 2)
    assert "hides a jump in time" in (out / "README.md").read_text()
    assert (np.diff(_columns(out)["timing.t_ns"]) > 1.5e9 / 60).sum() == 2
