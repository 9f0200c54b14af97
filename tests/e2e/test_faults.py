"""Whatever fails is named, the robot is held, what was recorded is kept, and the next command works."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import h5py
import pytest

from collector.control import Client, DaemonError
from hardware.config import RigConfig
from hardware.open import attach_world
from tests.e2e.rig import RIG, Ran, clap, end, record_words, runtime, start


def daemon_client(process: subprocess.Popen[str], env: dict[str, str]) -> Client:
    """Connect as soon as the daemon listens."""
    path = Path(env["XDG_RUNTIME_DIR"]) / f"clapboard-{os.getuid()}" / "virtual.sock"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return Client(path)
        except DaemonError:
            time.sleep(0.1)
    raise AssertionError("the daemon never listened")


def until(client: Client, state: str) -> dict[str, Any]:
    """Wait for a state of the session."""
    deadline = time.monotonic() + 60
    while (status := client.call("status"))["state"] != state:
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    return status


def recording(process: subprocess.Popen[str], env: dict[str, str], seconds: float = 1.0) -> Client:
    """Wait until the rig has recorded for a while."""
    client = daemon_client(process, env)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        capture = client.call("status")["processes"].get("capture", {})
        if ((capture.get("recording") or {}).get("seconds") or 0) > seconds:
            return client
        time.sleep(0.1)
    raise AssertionError(f"it never recorded: {process.communicate()[1] if process.poll() is not None else ''}")


def kept(out: Path, at_least_steps: int = 20) -> h5py.File:
    files = sorted(out.glob("episode_*.hdf5"))
    assert len(files) == 1, list(out.iterdir())
    file = h5py.File(files[0], "r")
    assert file["action"].shape[0] > at_least_steps
    return file


def run_with_fault(out: Path, kind: str, target: str = "") -> Ran:
    env = runtime()
    process = start(*record_words(out, seconds=30), env=env)
    with recording(process, env) as client:
        world = attach_world(RigConfig.model_validate(client.call("rig")["rig"]))
        resource_tracker.unregister(f"/{world.name}", "shared_memory")  # it is the daemon's, not ours
        world.inject(kind, target)
        world.close()
        ran = end(process)
    return ran


@pytest.mark.parametrize(
    ("kind", "target", "named"),
    [
        ("camera_unplug", "side", "side"),
        ("box_silent", "", "trigger"),
        ("bus_dead", "right", "leader"),
        ("robot_reflex", "right", "reflex"),
    ],
)
def test_a_device_that_fails_is_named_and_the_take_is_kept(tmp_path: Path, kind: str, target: str, named: str) -> None:
    ran = run_with_fault(tmp_path, kind, target)
    assert ran.code == 3, ran.err
    assert named in ran.err
    assert "Traceback" not in ran.err
    with kept(tmp_path) as file:
        assert file.attrs["status"] == "fault"


@pytest.mark.parametrize("victim", ["capture", "arm-right"])
def test_a_killed_process_is_named_and_the_take_is_kept(tmp_path: Path, victim: str) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, seconds=30), env=env)
    with recording(process, env) as client:
        os.kill(client.call("status")["processes"][victim]["pid"], signal.SIGKILL)
        ran = end(process)
    assert ran.code == 3, ran.err
    assert victim in ran.err
    kept(tmp_path).close()


def test_a_killed_daemon_leaves_a_journal_that_the_next_command_turns_into_an_episode(tmp_path: Path) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, seconds=30), env=env)
    with recording(process, env) as client:
        os.kill(client.call("status")["pid"], signal.SIGKILL)
        ran = end(process)
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert clap("salvage", tmp_path, env=env).code == 0
    kept(tmp_path).close()
    again = clap(*record_words(tmp_path, seconds=1), env=env)
    assert again.code == 0, again.err


@pytest.mark.parametrize("moment", ["starting", "recording"])
def test_ctrl_c_ends_in_good_order_and_keeps_what_there_is(tmp_path: Path, moment: str) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, seconds=30), env=env)
    if moment == "recording":
        recording(process, env).close()
    else:
        time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    ran = end(process)
    assert ran.code == 130, ran.err
    assert "Traceback" not in ran.err
    if moment == "recording":
        kept(tmp_path).close()
    assert not list(tmp_path.glob("*.journal"))


def test_a_full_disk_is_named_and_what_was_committed_is_kept(tmp_path: Path) -> None:
    # The size limit of a process stands in for a full disk: both fail the write of the n-th byte.
    env = runtime()
    words = [str(w) for w in record_words(tmp_path, seconds=30)]
    command = ["bash", "-c", f'ulimit -f 20000; exec "$0" -m collector.cli {" ".join(words)}', sys.executable]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    ran = end(process)
    assert ran.code == 3, ran.err
    assert "disk" in ran.err
    assert clap("salvage", tmp_path).code == 0
    kept(tmp_path).close()


def test_two_daemons_do_not_share_a_rig(tmp_path: Path) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, seconds=4), env=env)
    recording(process, env).close()
    second = clap("daemon", "run", "--rig", RIG, "--out", tmp_path / "other", env=env)
    assert second.code == 2
    assert "another daemon" in second.err
    assert end(process).code == 0


@pytest.mark.parametrize(("kind", "target"), [("robot_reflex", "right"), ("bus_dead", "right")])
def test_reset_brings_the_rig_back_after_a_fault(tmp_path: Path, kind: str, target: str) -> None:
    env = runtime()
    process = start("daemon", "run", "--rig", RIG, "--out", tmp_path, env=env)
    with daemon_client(process, env) as client:
        until(client, "IDLE")
        world = attach_world(RigConfig.model_validate(client.call("rig")["rig"]))
        resource_tracker.unregister(f"/{world.name}", "shared_memory")
        world.inject(kind, target, for_s=3.0)
        world.close()
        assert target in until(client, "FAULT")["fault"]["message"]
        with pytest.raises(DaemonError, match="arm is possible in IDLE"):
            client.call("arm", override="a test")
        time.sleep(3.0)  # the cause is gone
        client.call("reset")
        assert until(client, "IDLE")["fault"] is None
        client.call("shutdown")
    assert end(process).code == 0


def test_nothing_that_a_client_says_ends_the_daemon(tmp_path: Path) -> None:
    env = runtime()
    process = start("daemon", "run", "--rig", RIG, "--out", tmp_path, env=env)
    with daemon_client(process, env) as client:
        for verb, words in (("start", {"task": {}}), ("start", {}), ("stop", {"nonsense": 1}), ("dance", {})):
            with pytest.raises(DaemonError):
                client.call(verb, **words)
        assert client.call("status")["state"] in ("STARTING", "IDLE")
        client.call("shutdown")
    assert end(process).code == 0
