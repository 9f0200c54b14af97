"""A script tells by the exit code what to do: prove the rig, ask otherwise, or look at a device."""

import signal
import socket
from collections.abc import Iterator

import pytest

from collector.control import socket_path
from tests.collector.cli.rig_daemon import RIG, Pretender, listening
from tests.conftest import Clap


class Refusing(Pretender):
    """Objects to everything in one way."""

    def __init__(self, kind: str) -> None:
        super().__init__(refuses={"arm": f"it is {kind}", "shutdown": "anna controls this rig"})
        self.kind = kind


@pytest.mark.parametrize(
    ("kind", "code"),
    [("NotCertified", 1), ("NotNow", 2), ("ValueError", 2), ("NotYet", 3), ("Fault", 3), ("Failed", 3)],
)
def test_what_the_daemon_objects_to_decides(clap: Clap, kind: str, code: int) -> None:
    with listening(Refusing(kind)):
        ended, _, told = clap("session", "arm", "--rig", RIG)
    assert (ended, f"clap: it is {kind}" in told) == (code, True), told


@pytest.mark.parametrize(
    "words", [("daemon", "status"), ("daemon", "stop"), ("session", "start"), ("session", "follow")]
)
def test_without_a_daemon_it_is_a_failure_and_says_how_to_start_one(clap: Clap, words: tuple[str, ...]) -> None:
    code, _, told = clap(*words, "--rig", RIG)
    assert code == 3 and "clap daemon run" in told


@pytest.fixture
def killed(clap: Clap) -> Iterator[None]:
    """A daemon was killed: its socket is still there."""
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(socket_path("virtual")))
    left.close()
    yield
    socket_path("virtual").unlink()


@pytest.mark.parametrize(
    "words", [("session", "status"), ("session", "stop"), ("sync", "watch"), ("daemon", "preflight")]
)
@pytest.mark.usefixtures("killed")
def test_after_a_kill_of_the_daemon_it_is_said_what_became_of_the_take(clap: Clap, words: tuple[str, ...]) -> None:
    code, _, told = clap(*words, "--rig", RIG)
    assert code == 3 and "was killed" in told and "is kept" in told and "clap daemon run" in told


def test_a_daemon_that_somebody_controls_ends_only_if_control_is_taken(clap: Clap) -> None:
    with listening(Refusing("NotNow")) as daemon:
        code, _, told = clap("daemon", "stop", "--rig", RIG)
        assert code == 2 and "anna controls this rig" in told
        del daemon.refuses["shutdown"]
        assert clap("daemon", "stop", "--rig", RIG, "--take-control")[0] == 0
    assert [request["verb"] for request in daemon.asked] == ["shutdown", "take_control", "shutdown"]


def test_ctrl_c_is_told_from_all_of_these(clap: Clap, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("collector.control.Client.call", interrupted)
    with listening(Pretender()):
        assert clap("session", "status", "--rig", RIG)[0] == 130
