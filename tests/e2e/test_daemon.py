"""One daemon through a long day: whatever fails is named, the take is kept, and a reset brings the rig back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.control import DaemonError
from tests.e2e.daemon import Running, kept, running
from tests.e2e.rig import FAR, RIG, clap

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # What a busy machine loses holds no robot; whose leader falls silent is held as on any rig.
    with running(tmp_path_factory.mktemp("daemon"), FAR, "--set=teleop.success_rate=0.05") as daemon:
        yield daemon
        assert daemon.shut_down().code == 0


@pytest.fixture
def rig(daemon: Running) -> Running:
    daemon.idle()
    return daemon


def back_again(rig: Running) -> None:
    """Nothing before the reset; after it all is well."""
    with pytest.raises(DaemonError, match="arm is possible in IDLE"):
        rig.client.call("arm", override="a test")
    assert rig.idle()["fault"] is None


@pytest.mark.parametrize(
    ("kind", "target", "named"),
    [
        ("camera_unplug", "side", "side"),
        ("box_silent", "", "trigger"),
        ("bus_dead", "right", "leader"),
        ("robot_reflex", "right", "reflex"),
    ],
)
def test_a_device_that_fails_is_named_the_take_is_kept_and_reset_brings_the_rig_back(
    rig: Running, kind: str, target: str, named: str
) -> None:
    episode, fault = rig.fail_in_a_take(lambda: rig.inject(kind, target))
    assert named in fault
    assert target in fault
    assert kept(episode) == "fault"
    back_again(rig)


@pytest.mark.parametrize("victim", ["capture", "arm-right"])
def test_a_killed_process_is_named_the_take_is_kept_and_reset_brings_the_rig_back(rig: Running, victim: str) -> None:
    episode, fault = rig.fail_in_a_take(lambda: rig.kill(victim))
    assert victim in fault
    kept(episode)
    back_again(rig)


def test_teleoperation_engages_by_itself_and_tells_what_it_was_like(rig: Running, tmp_path: Path) -> None:
    told = tmp_path / "teleop.json"
    ran = clap("teleop", "--rig", RIG, "--seconds", "2", "--json", told, env=rig.env)
    assert ran.code == 0, ran.err
    summary = json.loads(told.read_text())
    assert summary["fault"] is None
    right = summary["arms"]["right"]
    assert right["cycles"] > 500
    assert 0 < right["lag"]["p50_ms"] < 50
    assert right["faults"] == {}


def test_a_recorded_episode_replays_on_the_robot_through_the_same_gates(rig: Running, tmp_path: Path) -> None:
    episode, told = rig.record(2.0), tmp_path / "replay.json"
    rig.idle()
    ran = clap("replay", episode, "--rig", RIG, "--json", told, env=rig.env)
    assert ran.code == 0, ran.err
    summary = json.loads(told.read_text())
    assert summary["replay"]["right"]["rms_rad"] < 0.03
    assert summary["arms"]["right"]["faults"] == {}


def test_two_daemons_do_not_share_a_rig(rig: Running, tmp_path: Path) -> None:
    second = clap("daemon", "run", "--rig", RIG, "--out", tmp_path / "other", env=rig.env)
    assert second.code == 2
    assert "another daemon" in second.err
    assert rig.idle()["state"] == "IDLE"


def test_nothing_that_a_client_says_ends_the_daemon(rig: Running) -> None:
    for verb, words in (("start", {"task": {}}), ("start", {}), ("stop", {"nonsense": 1}), ("dance", {})):
        with pytest.raises(DaemonError):
            rig.client.call(verb, **words)
    assert rig.idle()["state"] == "IDLE"


def test_the_pre_flight_says_what_is_missing_with_what_to_do(rig: Running) -> None:
    ran = clap("daemon", "preflight", "--rig", RIG, "--json", env=rig.env)
    assert ran.code == 1
    failed = [check for check in ran.json["checks"] if check["state"] == "fail"]
    assert {"certificate", "plan"} <= {check["name"] for check in failed}
    assert all(check["remedy"] for check in failed)
    assert "not ready: " in ran.err
