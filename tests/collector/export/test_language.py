"""What was said of an episode goes with it into a training set: as it is now, not as it was when it was recorded."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.episode.findings import Report
from collector.episode.reader import Episode
from collector.episode.verify import examine
from collector.episode.verify_labels import examine_labels
from collector.export import guard
from collector.export.guard import DamagedError, sound_episodes
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.export.plan import step_rows
from collector.labels import sidecar
from collector.labels.event import LabelSet, Step, said
from tests.episodes import make_episode


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return make_episode(tmp_path, seconds=0.5, cameras=("front",))


def say(path: Path, **what: object) -> None:
    with Episode(path) as episode:
        sidecar.append(path, said(episode.uuid, "anna", LabelSet.model_validate(what)))


def steps(*bounds: tuple[str, int, int]) -> list[Step]:
    return [Step(name=name, begin_ns=begin, end_ns=end) for name, begin, end in bounds]


def test_rows_at_a_border_are_of_the_step_that_begins_there_and_the_last_row_of_the_last_step() -> None:
    t_ns = np.array([0, 10, 20, 30, 40])
    told = step_rows(t_ns, steps(("reach", 0, 20), ("grasp", 20, 40), ("lift", 40, 40)))
    assert told == (("reach", 0, 2), ("grasp", 2, 4), ("lift", 4, 5))
    assert step_rows(t_ns, steps(("reach", -9, 25), ("lift", 25, 99))) == (("reach", 0, 3), ("lift", 3, 5))
    assert step_rows(t_ns, steps(("none", 11, 19))) == step_rows(np.zeros(0, np.int64), steps(("none", 0, 9))) == ()


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6).map(sorted))
def test_steps_that_touch_share_no_row_and_leave_none_out(borders: list[int]) -> None:
    t_ns = np.arange(0, 51, 3)
    told = step_rows(t_ns, steps(*(("s", begin, end) for begin, end in pairwise(borders))))
    rows = [row for _, first, end in told for row in range(first, end)]
    assert rows == [row for row, t in enumerate(t_ns) if borders[0] <= t <= borders[-1]]


def test_the_set_has_the_instruction_and_the_steps_that_were_said_last(episode: Path, tmp_path: Path) -> None:
    with Episode(episode) as opened:
        first, last = int(opened.t_ns[0]), int(opened.t_ns[-1])
    middle = (first + last) // 2
    say(episode, instruction="lift the red cube", paraphrases=["raise the red cube"], note="private")
    say(episode, steps=steps(("reach", first, middle), ("grasp", middle, last)), outcome="failure")
    export_lerobot_v21([episode], tmp_path / "set")
    meta = json.loads((tmp_path / "set/meta/clapboard.json").read_text())
    assert json.loads((tmp_path / "set/meta/tasks.jsonl").read_text())["task"] == "lift the red cube"
    assert meta["sources"][0]["labels"] == {
        "instruction": "lift the red cube", "outcome": "failure", "paraphrases": ["raise the red cube"], "score": 4,
    }  # fmt: skip
    reach, grasp = meta["episodes"][0]["steps"]
    assert (reach["name"], reach["first_frame"], grasp["name"]) == ("reach", 0, "grasp")
    assert reach["end_frame"] == grasp["first_frame"]
    assert grasp["end_frame"] == meta["episodes"][0]["rows"]


def test_an_episode_with_damaged_labels_goes_into_no_set_unasked(
    episode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(paths: list[Path], progress: object) -> list[Report]:
        return [examine(path) if path.suffix == ".hdf5" else examine_labels(path) for path in paths]

    monkeypatch.setattr(guard, "examine_all", here)
    say(episode, outcome="failure")
    beside = sidecar.sidecar_of(episode)
    beside.write_bytes(beside.read_bytes().replace(b"failure", b"success"))
    with pytest.raises(DamagedError, match=r"1 of 2 files are damaged.*labels\.jsonl: line 1 is no label"):
        sound_episodes([episode], False, lambda what, done, total: None)
    assert sound_episodes([episode], True, lambda what, done, total: None) == (
        [], {str(beside): "line 1 is no label: it was changed: its CRC-32 differs"},
    )  # fmt: skip
