import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.episode.catalogue_sealed import sealed_row
from collector.episode.content import build
from collector.episode.finalise import finalise
from collector.episode.journal_reader import scan
from collector.episode.reader import Episode
from collector.episode.verify import verify
from collector.quality import METRICS, figures_in
from collector.quality.measure import measure_content, metrics
from collector.seal import seal
from tests.episodes import Faults, make_journal
from tests.robots import base, robots, servo_follower
from tests.robots import make_robot_episode as make_robots

SECONDS = 2.0
NOT_TOLD = {"limited_share", "holds"}
"""The synthetic commands say of no teleoperation."""


def measured(path: Path, **told: Any) -> dict[str, float | None]:
    make_journal(path, seconds=SECONDS, **told)
    with scan(path) as found:
        return metrics(build(found))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float | None]:
    return measured(tmp_path_factory.mktemp("whole") / "episode_000000.journal")


def test_every_figure_of_the_table_is_there_in_its_order(whole: dict[str, float | None]) -> None:
    assert list(whole) == list(METRICS)
    assert {name for name, value in whole.items() if value is None} == NOT_TOLD


def test_the_figures_are_those_of_the_synthetic_take(whole: dict[str, float | None]) -> None:
    assert whole["lost_frames"] == whole["longest_blind_s"] == whole["lost_states_share"] == 0
    assert whole["invalid_steps_share"] == pytest.approx(0.0, abs=0.02)  # joints are not known up to its very ends
    assert whole["duration_s"] == pytest.approx(SECONDS, abs=0.1)
    assert 10 < (whole["sync_p99_us"] or 0) < 1000
    assert whole["idle_share"] == 0.0  # its sines never rest
    assert whole["peak_speed"] == pytest.approx(0.6 * 2 * math.pi * 0.9, rel=0.02)
    assert whole["lag_ms"] == pytest.approx(5.0, abs=2.0)  # it is sent what it does 5 ms later
    assert whole["peak_force_n"] == pytest.approx(math.sqrt(3), rel=0.01)
    assert whole["control_success"] == 1.0


def test_what_is_lost_is_counted_and_where_it_is_long_it_is_told(tmp_path: Path) -> None:
    lossy = Faults(lost_frames={"side": range(40, 52), "front": (9,)}, silent_arm_s=(0.5, 0.7))
    found = measured(tmp_path / "episode_000000.journal", faults=lossy)
    assert found["lost_frames"] == 13
    assert found["longest_blind_s"] == pytest.approx(12 / 60, abs=0.001)
    assert found["lost_states_share"] == pytest.approx(0.1, abs=0.01)
    assert found["invalid_steps_share"] == pytest.approx((12 + 1 + 12) / 120, abs=0.03)


@pytest.mark.parametrize(
    "absent",
    [
        ("arms/right", "commands/right", "grippers/right"),
        ("cameras/front", "cameras/side", "cameras/wrist"),
        ("trigger",),
        ("commands/right",),
    ],
)
def test_what_was_not_recorded_is_not_known(tmp_path: Path, absent: tuple[str, ...]) -> None:
    found = measured(tmp_path / "episode_000000.journal", faults=Faults(absent=absent))
    assert list(found) == list(METRICS)
    json.dumps(found, allow_nan=False)
    unknown = {name for name, value in found.items() if value is None}
    match absent[0]:
        case "arms/right":
            assert {"sparc", "ldlj", "path_m", "path_rad", "grip_events", "lag_ms", "idle_share"} <= unknown
        case "cameras/front":
            assert {"brightness", "sharpness_db", "repeated_share"} <= unknown
        case "commands/right":
            assert {"lag_ms", "sent_jerk"} <= unknown
            assert found["path_m"] is not None
        case _:
            pass


@pytest.mark.parametrize("cut", [1, 4000, 200_000])
def test_a_take_that_was_cut_off_is_measured_as_far_as_it_goes(tmp_path: Path, cut: int) -> None:
    found = measured(tmp_path / "episode_000000.journal", faults=Faults(ended=False, cut=cut))
    json.dumps(found, allow_nan=False)


def test_two_arms_of_servos_and_a_base_are_measured(tmp_path: Path) -> None:
    followers = {name: servo_follower(6, name, gripper=name == "left") for name in ("left", "right")}
    rig = robots(followers, {"base": base("vx", "wz", leader="left")})
    kept: dict[str, Any] = {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.robots.finalise", lambda path: finalise(path, measure=measure_content))
        with Episode(make_robots(tmp_path, rig, seconds=1.5)) as episode:
            kept = episode.quality or {}
    assert "problem" not in kept
    assert kept["path_rad"] > 0 and kept["idle_share"] == 0.0 and kept["grip_events"] is not None
    assert kept["peak_force_n"] is None


def test_sealing_keeps_the_figures_in_the_file_and_tells_the_catalogue(tmp_path: Path) -> None:
    journal = tmp_path / "episode_000000.journal"
    make_journal(journal, seconds=1.0)
    told = seal(journal)
    path = tmp_path / "episode_000000.hdf5"
    assert verify(path) == []
    with Episode(path) as episode:
        kept = episode.quality
    assert kept is not None
    at_s = kept.pop("at")
    assert set(kept) == set(METRICS)
    assert figures_in(told["row"]["quality"]) == figures_in(sealed_row(path).quality) == kept
    assert set(at_s) <= set(METRICS) and all(0 <= at <= 1.0 for at in at_s.values())


def test_a_take_that_cannot_be_measured_is_sealed_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(_motion: object) -> dict[str, float | None]:
        raise FloatingPointError("odd")

    monkeypatch.setattr("collector.quality.measure.grip_figures", odd)
    journal = tmp_path / "episode_000000.journal"
    make_journal(journal, seconds=0.5)
    told = seal(journal)
    assert verify(Path(told["path"])) == []
    with Episode(Path(told["path"])) as episode:
        assert episode.quality == {"problem": "could not be measured: FloatingPointError('odd')"}
    assert figures_in(told["row"]["quality"]) == {}


def test_files_from_before_quality_was_kept_have_none(tmp_path: Path) -> None:
    journal = tmp_path / "episode_000000.journal"
    make_journal(journal, seconds=0.5)
    with Episode(finalise(journal)) as episode:
        assert episode.quality is None


def test_nan_and_infinity_are_not_known() -> None:
    from collector.quality.measure import _finite

    assert [_finite(value) for value in (np.nan, np.inf, None, 1 / 3)] == [None, None, None, 0.333333]
