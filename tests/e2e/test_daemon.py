"""One daemon through a long day: whatever fails is named, the take is kept, and a reset brings the rig back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.control import DaemonError
from tests.e2e.daemon import Running, kept, running
from tests.e2e.rig import RIG, clap

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("daemon")) as daemon:
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


def test_two_daemons_do_not_share_a_rig(rig: Running, tmp_path: Path) -> None:
    second = clap("daemon", "run", "--rig", RIG, "--out", tmp_path / "other", env=rig.env)
    assert second.code == 2
    assert "another daemon" in second.err
    assert rig.client.call("status")["state"] == "IDLE"


def test_nothing_that_a_client_says_ends_the_daemon(rig: Running) -> None:
    for verb, words in (("start", {"task": {}}), ("start", {}), ("stop", {"nonsense": 1}), ("dance", {})):
        with pytest.raises(DaemonError):
            rig.client.call(verb, **words)
    assert rig.client.call("status")["state"] == "IDLE"
