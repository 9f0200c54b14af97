"""A process that hangs hangs nobody else, and is known by its silence."""

import multiprocessing as mp
import os
import signal
import time
from collections.abc import Iterator

import pytest

from collector.children import Child
from collector.links import Channel, has_room


def idle(channel: Channel) -> None:
    """A process that only lives."""
    channel.report("ready", info={})
    while not channel.stopped:
        channel.verbs(timeout_s=0.05)
        channel.report("status", cpu_s=time.process_time())


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    child = Child("arm-left", idle, tmp_path_factory.mktemp("child") / "log")
    deadline = time.monotonic() + 60
    while not child.reports() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.ready = True
    yield child
    child.join(0.0)


def test_a_process_is_heard_when_it_says_something(child: Child) -> None:
    before = child.heard_ns
    deadline = time.monotonic() + 60
    while child.heard_ns == before and time.monotonic() < deadline:
        child.reports()
    assert child.heard_ns > before


def test_asking_a_stopped_process_never_blocks(child: Child) -> None:
    assert child.process.pid
    os.kill(child.process.pid, signal.SIGSTOP)
    for _ in range(5000):
        child.ask("beat")
    assert not has_room(child.connection)
    os.kill(child.process.pid, signal.SIGCONT)


def test_a_child_whose_daemon_hangs_goes_on() -> None:
    ours, theirs = mp.Pipe()
    channel = Channel(theirs)
    for _ in range(5000):
        channel.report("status", text="x" * 100)
    assert not channel.stopped
    ours.close()
    channel.report("fault", message="the daemon is gone")
    assert channel.stopped
    theirs.close()
