"""However `clap record` ends, it says why, what was recorded is kept, and the next command works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.daemon import daemon_client, kept, recording
from tests.e2e.rig import SLOW, clap, end, record_words, runtime, start

pytestmark = pytest.mark.live


def episodes(out: Path) -> list[Path]:
    assert not list(out.glob("*.journal"))
    return sorted(out.glob("episode_*.hdf5"))


def test_a_device_that_fails_ends_the_command_with_its_name_and_the_take_is_kept(tmp_path: Path) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, *SLOW, seconds=30), env=env)
    with recording(process, env) as client:
        client.call("inject", faults=[{"kind": "robot_reflex", "target": "right"}])
        ran = end(process)
    assert ran.code == 3, ran.err
    assert "right" in ran.err
    assert "reflex" in ran.err
    assert "Traceback" not in ran.err
    (episode,) = episodes(tmp_path)
    assert kept(episode) == "fault"


def test_a_killed_daemon_leaves_a_journal_for_salvage_and_the_next_recording_is_kept_by_ctrl_c(tmp_path: Path) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, *SLOW, seconds=30), env=env)
    with recording(process, env) as client:
        os.kill(client.call("status")["pid"], signal.SIGKILL)
        ran = end(process)
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert clap("salvage", tmp_path, env=env).code == 0
    (first,) = episodes(tmp_path)
    kept(first)
    again = start(*record_words(tmp_path, *SLOW, seconds=30), env=env)
    recording(again, env).close()
    again.send_signal(signal.SIGINT)
    ran = end(again)
    assert ran.code == 130, ran.err
    assert "Traceback" not in ran.err
    _, second = episodes(tmp_path)
    kept(second)


def test_ctrl_c_while_it_starts_ends_in_good_order(tmp_path: Path) -> None:
    env = runtime()
    process = start(*record_words(tmp_path, *SLOW, seconds=30), env=env)
    daemon_client(process, env).close()
    process.send_signal(signal.SIGINT)
    ran = end(process)
    assert ran.code == 130, ran.err
    assert "Traceback" not in ran.err
    assert episodes(tmp_path) == []


def test_a_full_disk_is_named_and_what_was_committed_is_kept(tmp_path: Path) -> None:
    # The size limit of a process stands in for a full disk: both fail the write of the n-th byte.
    env = runtime()
    words = [str(w) for w in record_words(tmp_path, "--set", "recording.disk_wait_s=1", seconds=30)]
    command = ["bash", "-c", 'ulimit -f 20000; exec "$0" "$@"', sys.executable, "-m", "collector.cli", *words]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    ran = end(process)
    assert ran.code == 3, ran.err
    assert "disk" in ran.err
    assert clap("salvage", tmp_path).code == 0
    (episode,) = episodes(tmp_path)
    kept(episode)
