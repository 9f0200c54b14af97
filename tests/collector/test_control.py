"""Clients speak JSON lines; nonsense drops the client, never the daemon."""

import json
import socket
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.control import AlreadyRunning, Client, DaemonError, Lines, Server, claim_folder, claim_rig


@contextmanager
def served(path: Path, answer: dict[str, object]) -> Generator[Path]:
    """A daemon that answers everybody alike."""
    server, done = Server(path), threading.Event()

    def run() -> None:
        while not done.wait(0.005):
            for client, request in server.poll():
                server.answer(client, {**answer, "got": request})

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield path
    finally:
        done.set()
        thread.join()
        server.close()


def test_a_call_carries_verb_and_arguments_and_brings_the_answer(tmp_path: Path) -> None:
    with served(tmp_path / "s.sock", {"ok": True}) as path, Client(path) as client:
        assert client.call("start", task="pick")["got"] == {"verb": "start", "task": "pick"}


def test_a_refusal_is_raised_with_the_daemon_s_words(tmp_path: Path) -> None:
    with (
        served(tmp_path / "s.sock", {"ok": False, "error": "not armed"}) as path,
        Client(path) as client,
        pytest.raises(DaemonError, match="not armed"),
    ):
        client.call("start")


def test_only_the_user_may_open_the_socket(tmp_path: Path) -> None:
    server = Server(tmp_path / "s.sock")
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    server.close()


def test_nonsense_drops_that_client_only(tmp_path: Path) -> None:
    with served(tmp_path / "s.sock", {"ok": True}) as path, socket.socket(socket.AF_UNIX) as rude:
        rude.settimeout(60)
        rude.connect(str(path))
        rude.sendall(b"\xff\xfe not json\n")
        assert rude.recv(1) == b"", "dropped"
        with Client(path) as client:
            assert client.call("status")["ok"]


def test_no_daemon_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match="clap daemon run"):
        Client(tmp_path / "none.sock")


def test_lines_survive_any_cutting() -> None:
    data = b"".join(json.dumps({"n": n}).encode() + b"\n" for n in range(5))
    lines, got = Lines(), []
    for index in range(len(data)):
        got += lines.feed(data[index : index + 1])
    assert [item["n"] for item in got] == list(range(5))


def test_a_rig_and_a_folder_are_one_daemons_at_a_time(tmp_path: Path) -> None:
    rig, folder = claim_rig(tmp_path / "s.sock", "virtual"), claim_folder(tmp_path / "data")
    with pytest.raises(AlreadyRunning, match="another daemon runs the rig virtual"):
        claim_rig(tmp_path / "s.sock", "virtual")
    with pytest.raises(AlreadyRunning, match="give another folder with --out"):
        claim_folder(tmp_path / "data")
    rig.close()
    folder.close()
    claim_folder(tmp_path / "data").close()
