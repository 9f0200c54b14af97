"""An old demonstration plays at the recorded pace or slower, from rest to rest, and only on the robot it is of."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.playback import NotReplayable, Pace, ReplayOrder, Track, compare, load_track
from collector.processes.replay import Player
from collector.teleop.engage import State
from collector.teleop.reference import Teleop
from hardware.arms.models import arm_model
from hardware.config import RigConfig, TeleopConfig
from tests.episodes import make_episode, position, rig_config, velocity
from tests.synthetic import START_NS

MS = 1_000_000
SECONDS = 4.0


def rig() -> RigConfig:
    return RigConfig.model_validate(rig_config(("front",)))


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("old"), seconds=SECONDS, cameras=("front",))


def track(seconds: float = 2.0) -> Track:
    t = np.arange(round(seconds * 200) + 1) * 0.005
    q = np.column_stack([np.sin(t), np.cos(t)])
    dq = np.column_stack([np.cos(t), -np.sin(t)])
    return Track("right", q, dq, np.clip(t, 0, 1), q - 0.01)


@given(st.floats(0.1, 60.0), st.floats(0.1, 1.0))
def test_the_pace_runs_from_rest_to_rest_and_never_faster_than_told(length: float, speed: float) -> None:
    pace = Pace(0.0, length, speed)
    times = np.linspace(-0.5, pace.seconds + 0.5, 400)
    places, rates = np.array([pace.at(float(t)) for t in times]).T
    assert places[0] == 0.0
    assert places[-1] == length
    assert np.all(np.diff(places) >= -1e-9)
    assert np.all(rates <= speed + 1e-9)
    assert rates[0] == rates[-1] == 0.0
    step = float(times[1] - times[0])
    assert np.all(np.abs(np.diff(rates)) <= step * speed / min(1.0, length / speed) + 1e-9)
    # what is told of the rate is what the place does
    assert np.max(np.abs(np.diff(places) - step * 0.5 * (rates[1:] + rates[:-1]))) <= step * speed * 0.5


def test_a_track_is_what_the_robot_was_told(episode: Path) -> None:
    found = load_track(ReplayOrder(episode=episode), rig(), "right")
    assert found.q.shape[1] == 7
    assert found.seconds == pytest.approx(SECONDS, abs=0.3)
    t_ns = START_NS + np.arange(len(found.q)) * 5 * MS
    lag = np.argmin([np.abs(found.q - position(t_ns + shift * MS)).mean() for shift in range(-60, 61)])
    true = t_ns + (int(lag) - 60) * MS
    assert np.abs(found.q - position(true))[20:-20].max() < 0.01
    assert np.abs(found.dq - velocity(true))[20:-20].max() < 0.2
    assert np.all((found.grip >= 0) & (found.grip <= 1))


def test_the_leader_s_own_motion_may_lead_too(episode: Path) -> None:
    found = load_track(ReplayOrder(episode=episode, source="leader"), rig(), "right")
    assert np.isfinite(found.q).all()
    assert np.isfinite(found.dq).all()


def changed(update: dict[str, object]) -> RigConfig:
    raw = rig_config(("front",))
    raw["followers"] = update
    return RigConfig.model_validate(raw)


def test_an_episode_of_another_arm_is_refused_by_name(episode: Path) -> None:
    raw = rig_config(("front",))["followers"]["right"]
    with pytest.raises(NotReplayable, match="no arm 'left', only right"):
        load_track(ReplayOrder(episode=episode), changed({"left": raw}), "right")


def test_an_episode_of_other_joints_is_refused(episode: Path) -> None:
    joints = {"ids": [1, 2, 3, 4, 5, 6], "models": ["xm430-w350"] * 6, "signs": [1] * 6, "offsets_rad": [0.0] * 6}
    raw = rig_config(("front",))
    raw["leaders"]["right"] |= {"ids": [1, 2, 3, 4, 5, 6], "signs": [1] * 6, "offsets_rad": [0.0] * 6}
    raw["followers"] = {"right": {"driver": "dynamixel", "port": "virtual", "leader": "right", **joints}}
    with pytest.raises(NotReplayable, match="had 7 joints, this rig's has 6"):
        load_track(ReplayOrder(episode=episode), RigConfig.model_validate(raw), "right")


def test_the_player_waits_plays_pauses_and_ends_at_rest() -> None:
    player = Player(track(), ReplayOrder(episode=Path("e.hdf5")), "right")
    start = START_NS
    first = player.sample(start)
    assert not first.dq.any()
    player.obey("play", {"t0_ns": start + 100 * MS}, start)
    assert np.array_equal(player.sample(start + 50 * MS).q, first.q)  # all begin at one instant
    moved = player.sample(start + 1100 * MS)
    assert moved.dq.any()
    player.obey("release", {}, start + 1100 * MS)
    still = player.sample(start + 3000 * MS)
    assert np.array_equal(still.q, moved.q)
    assert not still.dq.any()
    assert player.status()["replay"]["state"] == "paused"
    player.obey("play", {"t0_ns": start + 4000 * MS}, start + 3000 * MS)
    for ms in range(4000, 8000, 5):
        last = player.sample(start + ms * MS)
    assert player.status()["replay"]["state"] == "done"
    assert np.allclose(last.q, track().q[-1])
    assert not last.dq.any()


def test_a_player_s_samples_hang_together() -> None:
    """No step that a hand could not make: what moves is what the velocity says."""
    player = Player(track(), ReplayOrder(episode=Path("e.hdf5"), speed=0.5), "right")
    player.obey("play", {"t0_ns": START_NS}, START_NS)
    samples = [player.sample(START_NS + ms * MS) for ms in range(0, 6000, 5)]
    q, dq = np.stack([s.q for s in samples]), np.stack([s.dq for s in samples])
    assert np.abs(np.diff(q, axis=0) - 0.005 * dq[1:]).max() < 1e-4
    assert np.abs(dq).max() <= 0.51


def test_how_near_the_replay_came_is_told_without_its_lag() -> None:
    old = track(4.0)
    t = np.arange(0.0, 3.8, 0.005)
    late = old.was(np.maximum(t - 0.03, 0.0)) + 0.002
    told = compare(old, t, t, late)
    assert told["lag_ms"] == pytest.approx(30, abs=4)
    assert told["rms_rad"] == pytest.approx(0.002, abs=5e-4)


def test_a_replay_passes_the_gates_and_ends_where_the_demonstration_ended() -> None:
    """In virtual time, on a robot that does at once what it is told."""
    model = arm_model("fr3")
    t = np.arange(801) * 0.005
    wave = 0.4 * np.sin(1.5 * t)[:, None] * np.linspace(0.3, 1.0, 7)
    rate = 0.6 * np.cos(1.5 * t)[:, None] * np.linspace(0.3, 1.0, 7)
    old = Track("right", model.home + wave, rate + 0.0, np.zeros(801), model.home + wave)
    player = Player(old, ReplayOrder(episode=Path("e.hdf5")), "right")
    teleop = Teleop(TeleopConfig(), model, 5 * MS, model.home, 0.08, MS)
    q, states, played = model.home, [], False
    for ms in range(12_000):
        now = START_NS + ms * MS
        if ms % 5 == 0:
            teleop.on_leader(player.sample(now))
        if ms % 100 == 0:
            teleop.heartbeat(now)
        if ms == 50:
            teleop.request("approach")
        reference = teleop.update(now, q, np.zeros(7), 1.0, None)
        player.followed(now, q)
        q = reference.q
        if not states or states[-1] != reference.state.name:
            states.append(reference.state.name)
        if reference.state is State.FOLLOW and not played:
            player.obey("play", {"t0_ns": now}, now)
            played = True
    assert states == ["IDLE", "ALIGN", "RAMP", "FOLLOW"]
    assert np.abs(q - old.q[-1]).max() < 1e-3
    told = player.status()["replay"]
    assert told["state"] == "done"
    assert told["rms_rad"] < 2e-3
    assert told["lag_ms"] <= 12
