"""Rigs of several arms and mobile bases, as episodes."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.audit import audit
from collector.episode.finalise import finalise
from collector.episode.journal import Journal
from collector.episode.reader import Episode
from collector.episode.summary import summarise
from collector.episode.verify import verify
from collector.export.lerobot_v21 import export_lerobot_v21
from hardware.rows import leader_row
from tests.episodes import make_meta, picture
from tests.robots import Raw, base, franka, make_robot_episode, robots, servo_follower
from tests.synthetic import SyntheticRig, position, twist


@pytest.fixture(scope="module")
def mobile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """As Mobile ALOHA: two arms of 6 joints with grippers, a base; and its truth."""
    rig = robots(
        {side: servo_follower(6, side, gripper=True) for side in ("left", "right")},
        {"base": base("vx", "wz", leader="left")},
    )
    folder = tmp_path_factory.mktemp("mobile")
    truth = folder / "truth.hdf5"
    return make_robot_episode(folder, rig, truth=truth), truth


def test_a_mobile_rig_has_the_base_after_all_arms_in_state_and_action(mobile: tuple[Path, Path]) -> None:
    with Episode(mobile[0]) as episode:
        assert episode.names[-3:] == ("right_gripper", "base_vx", "base_wz")
        assert episode.qpos.shape[1] == episode.action.shape[1] == len(episode.names) == 16
        assert episode.joint_names == episode.names[:-2]
        valid = episode.valid
        assert valid.mean() > 0.9
        t_ns = episode.t_ns[valid]
        assert episode.qpos[valid, -2:] == pytest.approx(twist(t_ns)[:, [0, 2]], abs=1e-3)
        assert episode.qpos[valid, 7:13] == pytest.approx(position(t_ns, 6), abs=1e-3)
        # Told at 50 Hz, held since: at most 20 ms old.
        assert episode.action[valid, -2:] == pytest.approx(twist(t_ns)[:, [0, 2]], abs=0.02)
        assert set(summarise(mobile[0])["streams"]) >= {"bases/base", "drive/base"}
    assert verify(mobile[0]) == []


def test_mobile_alohas_readers_find_what_they_expect(mobile: tuple[Path, Path]) -> None:
    """act-plus-plus appends /base_action to the 14 columns of /action, and sizes the state by the arms' 14."""
    with h5py.File(mobile[0]) as file:
        action = np.concatenate([file["action"][()], file["base_action"][()]], axis=-1)
        assert action.shape[1] == 16
        assert file["observations/qpos"].shape == file["observations/qvel"].shape == (len(action), 14)
        np.testing.assert_array_equal(action, file["steps/sent"][()])


def test_every_stream_of_a_mobile_rig_is_stamped_within_its_bound(mobile: tuple[Path, Path]) -> None:
    report = audit(*mobile)
    streams = {s.stream: s for s in report.streams}
    assert {"bases/base", "arms/left", "arms/right"} <= set(streams)
    assert not report.problems
    for stream in streams.values():
        assert stream.over_bound == 0, stream
        assert stream.error is not None
        assert stream.error.p99_ns < (2_000_000 if stream.stream.startswith("grippers") else 500_000)
    assert {m.joints for m in report.misalignments} >= {"bases/base", "arms/left"}


def test_a_missing_command_or_state_of_the_base_makes_the_step_invalid(tmp_path: Path) -> None:
    rig = robots({"right": franka("right")}, {"base": base("vx", "wz")})
    path = make_robot_episode(tmp_path, rig)
    with h5py.File(path) as file:
        group = file["steps/bases/base"]
        both = group["valid"][()] & group["action_valid"][()]
        assert not (file["steps/valid"][()] & ~both & 1).any()
        assert both.any()


def test_a_mobile_set_is_delivered_with_the_bases_velocity(mobile: tuple[Path, Path], tmp_path: Path) -> None:
    report = export_lerobot_v21([mobile[0]], tmp_path / "set")
    info = json.loads((tmp_path / "set/meta/info.json").read_text())
    assert info["robot_type"] == "viperx300s+viperx300s+dynamixel_base"
    state = info["features"]["observation.state"]
    assert state["shape"] == [16]
    assert state["names"][-2:] == ["base_vx", "base_wz"]
    assert info["features"]["observation.velocity"]["shape"] == [14]
    # Servos measure no wrench: nothing is made up for it.
    assert "observation.wrench" in report.left_out
    stats = json.loads((tmp_path / "set/meta/stats.json").read_text())["observation.state"]
    grippers = [state["names"].index(f"{side}_gripper") for side in ("left", "right")]
    assert all(0 <= stats["min"][g] <= stats["max"][g] <= 1 for g in grippers)
    assert -0.31 < stats["min"][14] < stats["max"][14] < 0.31


rigs = (
    st.integers(1, 3)
    .flatmap(lambda arms: st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=arms, max_size=arms))
    .filter(lambda arms: sum(joints + gripper for joints, gripper in arms) <= 24)
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rigs, st.sampled_from([(), ("vx", "wz"), ("vx",)]))
def test_any_number_of_arms_up_to_24_columns(
    tmp_path_factory: pytest.TempPathFactory, arms: list[tuple[int, bool]], axes: tuple[str, ...]
) -> None:
    followers: dict[str, Raw] = {
        f"arm_{i}": servo_follower(joints, f"arm_{i}", gripper=gripper) for i, (joints, gripper) in enumerate(arms)
    }
    check(tmp_path_factory.mktemp("rig"), followers, {"base": base(*axes)} if axes else {})


@pytest.mark.parametrize(
    "followers",
    [
        {f"arm_{i}": servo_follower(8, f"arm_{i}", gripper=False) for i in range(3)},
        {f"arm_{i}": servo_follower(7, f"arm_{i}", gripper=True) for i in range(3)},
        {side: franka(side) for side in ("left", "right")},
        {"left": franka("left"), "right": servo_follower(6, "right", gripper=True)},
    ],
    ids=["3 x 8", "3 x (7 + gripper)", "dual Franka", "one of each"],
)
def test_rigs_of_several_arms(tmp_path: Path, followers: dict[str, Raw]) -> None:
    check(tmp_path, followers, {})


def check(folder: Path, followers: dict[str, Raw], bases: dict[str, Raw]) -> None:
    path = make_robot_episode(folder, robots(followers, bases), seconds=0.5)
    assert verify(path) == []
    columns = sum(len(f.get("ids", range(7))) + (f["gripper"] is not None) for f in followers.values())
    columns += sum(len(b["axes"]) for b in bases.values())
    with Episode(path) as episode:
        assert len(set(episode.names)) == len(episode.names) == columns
        assert episode.qpos.shape == episode.action.shape == (len(episode.t_ns), columns)
        assert episode.effort.shape[1] == len(episode.joint_names)
        assert episode.ee_pose.shape[1] == 7 * len(followers)
        assert episode.valid.any()
        assert np.isfinite(episode.qpos[episode.valid]).all()


OLD_LEADER = np.dtype(leader_row(7).descr[:-2])  # before stick and tau
NEW_KEYS = {
    "": {"bases"},
    "followers": {"backend", "gains", "collision_torque", "collision_force"},
    "leaders": {"shadows", "thumbstick", "feel"},
    "teleop": {"deadman", "deadman_ms", "deadman_grip", "clutch", "approach_rad_s", "workspace", "start_stiffness"},
}


def test_a_journal_from_before_sticks_bases_and_servo_arms_is_sealed_read_and_delivered(tmp_path: Path) -> None:
    """The first format 1: a leader's rows had no stick, the rig file none of the keys that came with it."""
    rng = np.random.default_rng(0)
    world = SyntheticRig(rng, 1.0)
    meta = make_meta(("front",), 0, {})
    meta["streams"]["leaders/right"]["dtype"] = OLD_LEADER.descr
    rig = meta["rig"]
    for where, keys in NEW_KEYS.items():
        for section in {"": [rig], "teleop": [rig["teleop"]]}.get(where) or rig[where].values():
            for key in keys:
                section.pop(key)
    found = {"trigger/pings": world.pings(), "trigger": world.edges()[0], "commands/right": world.commands()}
    pictures = world.frames(rng)[0]
    found |= {"arms/right": world.arm(rng)[0], "grippers/right": world.gripper(rng)[0]}
    leader = world.leader(rng)[0]
    found["leaders/right"] = np.zeros(len(leader), OLD_LEADER)
    for field in OLD_LEADER.names or ():
        found["leaders/right"][field] = leader[field]
    journal = Journal.create(
        tmp_path / "episode_000000.journal", meta | {"camera_anchors": {"front": world.anchors[0]}}
    )
    for name, rows in found.items():
        journal.append_rows(name, rows)
    for i in range(len(pictures)):
        journal.append_frame("cameras/front", pictures[i : i + 1], picture(i))
    journal.close("success", {})
    path = finalise(tmp_path / "episode_000000.journal")
    assert verify(path) == []
    with Episode(path) as episode:
        assert "stick" not in episode.stream("leaders/right")
        assert episode.names == episode.joint_names
        assert episode.valid.mean() > 0.9
    assert export_lerobot_v21([path], tmp_path / "set").rows > 0
