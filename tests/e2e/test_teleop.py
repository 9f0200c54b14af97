"""Teleoperation and replay refused: in a sentence, before anything moves. (How they go: test_daemon, test_record.)"""

from pathlib import Path

from tests.conftest import Clap
from tests.e2e.rig import RIG
from tests.episodes import make_episode


def test_a_deadman_key_needs_somebody_to_hold_it(clap: Clap) -> None:
    code, _, err = clap("teleop", "--rig", RIG, "--set", "teleop.deadman=key")
    assert code == 2
    assert "terminal" in err


def test_only_an_episode_of_the_rig_s_own_arms_is_replayed(clap: Clap, tmp_path: Path) -> None:
    episode = make_episode(tmp_path, cameras=("front",))
    other = tmp_path / "rig.yaml"
    text = RIG.read_text().replace("followers:\n  right:", "followers:\n  left:")
    other.write_text(text)
    code, _, err = clap("replay", episode, "--rig", other)
    assert code == 2
    assert "no arm 'left'" in err


def test_what_is_no_episode_is_not_replayed(clap: Clap, tmp_path: Path) -> None:
    code, _, err = clap("replay", tmp_path / "none.hdf5", "--rig", RIG)
    assert code == 2
    assert "does not exist" in err
