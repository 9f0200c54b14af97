import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from collector.audit import audit, misalignment_ns
from collector.audit_stream import AuditError, Truth, join, stream_audit
from collector.report.audit_table import audit_table
from tests.episodes import Faults, make_episode


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("audit")
    truth = folder / "truth.h5"
    faults = Faults(lost_frames={"side": (10, 11, 40)})
    return make_episode(folder, seed=3, truth=truth, faults=faults), truth


# -- pairing ---------------------------------------------------------------------------------------


@given(
    errors=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60),
    bound=st.integers(0, 10**9),
    start=st.integers(0, 2**62),
)
def test_errors_and_bound_violations_are_exact(errors: list[int], bound: int, start: int) -> None:
    seq = np.arange(len(errors), dtype=np.int64) + 17
    true_ns = start + np.arange(len(errors), dtype=np.int64) * 10_000_000_000
    stored = true_ns + np.array(errors)
    found = stream_audit("arms/right", join(stored, np.full(len(errors), bound), seq, Truth(seq, true_ns)))
    assert found.error is not None
    assert found.error.max_ns == max(map(abs, errors))
    assert found.mean_ns == pytest.approx(np.mean(errors))
    assert found.over_bound == sum(abs(error) > bound for error in errors)
    assert (found.lost, found.unknown, found.problem) == (0, 0, "")


@given(st.data())
def test_lost_is_what_was_emitted_inside_the_span_and_not_stored(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 80))
    kept = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    seq = np.arange(count, dtype=np.int64)
    truth = Truth(seq, seq * 1_000_000)
    stored = np.array(kept, np.int64)
    joined = join(stored * 1_000_000 + 5, np.full(len(kept), 10), stored, truth)
    assert joined.lost == kept[-1] - kept[0] + 1 - len(kept)


def test_the_nearest_in_time_counts_when_a_restarted_device_counts_from_zero_again() -> None:
    truth = Truth(_ints(0, 1, 2, 0, 1, 2), _ints(10, 20, 30, 1010, 1020, 1030))
    joined = join(_ints(1011, 1022, 1029), _ints(1, 1, 1), _ints(0, 1, 2), truth)
    assert joined.error_ns.tolist() == [1, 2, -1]
    assert joined.lost == 0


def test_samples_that_nobody_emitted_are_counted_as_unknown() -> None:
    found = stream_audit("x", join(_ints(10, 20, 30), _ints(1, 1, 1), _ints(1, 7, 8), Truth(_ints(1), _ints(9))))
    assert (found.unknown, found.samples, found.over_bound) == (2, 3, 0)
    assert found.over_bound_share == 0


@pytest.mark.parametrize(
    ("truth", "seq", "says"),
    [
        (None, (1, 2), "no such stream"),
        (Truth(_ints(), _ints()), (1, 2), "another run"),
        (Truth(_ints(5), _ints(10)), (1, 2), "another run"),
        (Truth(_ints(5), _ints(10)), (), "no sample"),
    ],
)
def test_what_cannot_be_audited_has_a_reason_and_no_figures(
    truth: Truth | None, seq: tuple[int, ...], says: str
) -> None:
    stored = _ints(*range(len(seq)))
    found = stream_audit("x", join(stored, stored, _ints(*seq), truth))
    assert says in found.problem
    assert (found.error, found.mean_ns, found.over_bound, found.lost) == (None,) * 4


# -- cameras against joints ------------------------------------------------------------------------


def test_errors_that_camera_and_joints_share_do_not_misalign_them() -> None:
    steps = _ints(10_000, 20_000)
    joints, error = _ints(0, 15_000, 30_000), _ints(300, 300, 300)
    apart = misalignment_ns(steps, steps - 300, joints, error)
    assert apart.tolist() == [0, 0]


def test_misalignment_uses_the_error_of_the_joints_around_the_step() -> None:
    steps, joints = _ints(10_000), _ints(0, 20_000)
    apart = misalignment_ns(steps, steps, joints, _ints(100, 300))
    assert apart.tolist() == [200]


def test_a_step_that_no_joint_sample_brackets_is_not_compared() -> None:
    apart = misalignment_ns(_ints(5, 50), _ints(5, 50), _ints(10, 60), _ints(0, 0))
    assert np.isnan(apart).tolist() == [True, False]


# -- whole episodes --------------------------------------------------------------------------------


def test_an_episode_is_audited_stream_by_stream(recorded: tuple[Path, Path]) -> None:
    report = audit(*recorded)
    found = {stream.stream: stream for stream in report.streams}
    assert set(found) == {
        "trigger",
        "cameras/front",
        "cameras/side",
        "cameras/wrist",
        "arms/right",
        "leaders/right",
        "grippers/right",
    }
    assert report.problems == ()
    assert found["cameras/side"].lost == 3
    assert found["cameras/front"].lost == 0
    assert {(m.camera, m.joints) for m in report.misalignments} == {
        (camera, joints) for camera in ("front", "side", "wrist") for joints in ("arms/right", "leaders/right")
    }
    assert report.worst_ns == max(m.misalignment.max_ns for m in report.misalignments if m.misalignment)
    assert all(m.steps + m.unaudited == report.valid_steps for m in report.misalignments)


def test_a_shifted_camera_is_found_by_the_size_of_its_shift(recorded: tuple[Path, Path], tmp_path: Path) -> None:
    episode, truth = recorded
    before = {(m.camera, m.joints): m for m in audit(episode, truth).misalignments}
    shifted = tmp_path / "shifted.h5"
    shifted.write_bytes(truth.read_bytes())
    with h5py.File(shifted, "r+") as file:
        file["streams/cameras/front/t_true_ns"][...] += 16_666_667
    after = {(m.camera, m.joints): m for m in audit(episode, shifted).misalignments}
    found = after["front", "arms/right"].misalignment
    assert found is not None
    assert found.p50_ns == pytest.approx(16_666_667, abs=500_000)
    assert after["side", "arms/right"] == before["side", "arms/right"]


def test_a_stream_without_truth_is_said_to_be_unaudited(recorded: tuple[Path, Path], tmp_path: Path) -> None:
    episode, truth = recorded
    partial = tmp_path / "partial.h5"
    partial.write_bytes(truth.read_bytes())
    with h5py.File(partial, "r+") as file:
        del file["streams/arms/right"]
    report = audit(episode, partial)
    assert "arms/right: the truth has no such stream" in report.problems
    arms = [m for m in report.misalignments if m.joints == "arms/right"]
    assert all(m.misalignment is None and m.problem for m in arms)
    assert report.worst_ns is not None  # the leader still has truth


def test_the_truth_of_another_run_gives_no_figure(recorded: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["streams/trigger/seq"] = np.array([10**12])
        file["streams/trigger/t_true_ns"] = np.array([1])
    report = audit(recorded[0], other)
    assert all(stream.error is None for stream in report.streams)
    assert report.worst_ns is None
    assert len(report.problems) == len(report.streams) + len(report.misalignments)


def test_a_file_that_is_no_truth_is_named(recorded: tuple[Path, Path], tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no HDF5")
    with pytest.raises(AuditError, match=r"notes.txt.*--truth"):
        audit(recorded[0], text)
    with pytest.raises(AuditError, match=r"episode_000000.*--truth"):
        audit(recorded[0], recorded[0])


def test_the_report_is_plain_json(recorded: tuple[Path, Path]) -> None:
    report = audit(*recorded)
    again = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert again["worst_misalignment_ns"] == report.worst_ns
    assert again["streams"][0]["error"]["p99_ns"] > 0


def test_the_table_shows_every_stream_in_80_columns(recorded: tuple[Path, Path], tmp_path: Path) -> None:
    console = Console(width=80, record=True, file=(tmp_path / "out").open("w"))
    console.print(audit_table(audit(*recorded)))
    console.file.close()
    text = console.export_text()
    for name in ("trigger", "cameras/wrist", "arms/right", "side - leaders/right", "unknown"):
        assert name in text
    assert "…" not in text
