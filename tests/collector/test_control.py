"""Clients speak JSON lines; nonsense drops the client, never the daemon."""

import json
import socket
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from collector.control import AlreadyRunning, Client, DaemonError, DaemonGone, Lines, Server, claim_folder, claim_rig


@contextmanager
def served(path: Path, answer: dict[str, object]) -> Generator[Path]:
    """A daemon that answers everybody alike."""
    server, done = Server(path), threading.Event()

    def run() -> None:
        while not done.wait(0.005):
            for client, request in server.poll():
                server.answer(client, {**answer, "got": request, "id": request["id"]})

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
        got = client.call("start", task="pick")["got"]
        assert (got["verb"], got["task"]) == ("start", "pick")
        assert client.call("stop")["got"]["id"] != got["id"]


def test_a_refusal_is_raised_with_the_daemon_s_words(tmp_path: Path) -> None:
    with (
        served(tmp_path / "s.sock", {"ok": False, "error": "not armed"}) as path,
        Client(path) as client,
        pytest.raises(DaemonError, match="not armed"),
    ):
        client.call("start")


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    """The disk was busy, and the client gave up waiting for its stop."""
    server = Server(tmp_path / "s.sock")
    got: list[tuple[socket.socket, dict[str, object]]] = []

    def poll() -> None:
        until = len(got) + 1
        while len(got) < until:
            got.extend(server.poll())

    def late() -> None:
        poll()
        for client, request in got:
            server.answer(client, {"ok": True, "verb": request["verb"], "id": request["id"]})

    with Client(server.path, timeout_s=0.1) as client:
        first = threading.Thread(target=poll)
        first.start()
        with pytest.raises(DaemonGone, match="does not answer to stop"):
            client.call("stop")
        first.join()
        client._socket.settimeout(60)
        second = threading.Thread(target=late)
        second.start()
        assert client.call("status") == {"ok": True, "verb": "status"}
        second.join()
    server.close()


def test_only_the_user_may_open_the_socket(tmp_path: Path) -> None:
    server = Server(tmp_path / "s.sock")
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    server.close()


@pytest.mark.parametrize("nonsense", [b"\xff\xfe not json\n", b"[1]\n", b"[" * 200_000 + b"\n", b"x" * (1 << 21)])
def test_nonsense_drops_that_client_only(tmp_path: Path, nonsense: bytes) -> None:
    with served(tmp_path / "s.sock", {"ok": True}) as path, socket.socket(socket.AF_UNIX) as rude:
        rude.settimeout(60)
        rude.connect(str(path))
        with suppress(OSError):  # dropped before it has said it all
            rude.sendall(nonsense)
        with suppress(ConnectionResetError):
            assert rude.recv(1) == b"", "dropped"
        with Client(path) as client:
            assert client.call("status")["ok"]


def test_no_daemon_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match="clap daemon run"):
        Client(tmp_path / "none.sock")


@pytest.mark.parametrize("moment", ["before it is asked", "while it is asked", "in the middle of its answer"])
def test_a_daemon_that_was_killed_is_said_to_be_in_a_sentence_with_the_remedy(tmp_path: Path, moment: str) -> None:
    """A kill closes its end of the socket: EPIPE, ECONNRESET or no more bytes, as it falls."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s.sock"))
    listener.listen()
    with Client(tmp_path / "s.sock", timeout_s=60) as client:
        theirs, _ = listener.accept()
        match moment:
            case "before it is asked":
                theirs.close()
            case "while it is asked":
                client._socket.sendall(b"{}\n")
                theirs.close()  # with that unread: a reset
            case _:
                theirs.sendall(b'{"ok": tr')
                theirs.shutdown(socket.SHUT_RDWR)
        with pytest.raises(DaemonGone, match=r"has ended.* is kept.*clap daemon start") as told:
            client.call("status")
        theirs.close()
    listener.close()
    assert not any(word in str(told.value) for word in ("Errno", "pipe", "reset by peer"))
    with pytest.raises(DaemonGone, match=r"was killed.*clap daemon run"):
        Client(tmp_path / "s.sock")


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
