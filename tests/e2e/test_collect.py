"""The daemon that clap collect starts: it goes on without whoever started it."""

import os
import time
from pathlib import Path

import pytest

from collector.control import AlreadyRunning, Client, DaemonError
from collector.detached import attached_or_started
from tests.e2e.rig import RIG, runtime


def quiet(what: str, share: float | None) -> None:
    pass


@pytest.mark.live
def test_it_outlives_its_clients_is_found_again_and_ends_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in runtime().items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "out"
    ours = attached_or_started(RIG, "virtual", (), out, quiet)
    assert (ours.started, ours.out) == (True, out)
    assert ours.process is not None
    try:
        with Client(ours.socket) as client:
            pid = client.call("status")["pid"]
        assert os.getsid(pid) == pid  # a terminal that closes does not end it
        assert not attached_or_started(RIG, "virtual", (), None, quiet).started
        with pytest.raises(AlreadyRunning, match="records to"):
            attached_or_started(RIG, "virtual", (), tmp_path / "elsewhere", quiet)
        with Client(ours.socket) as client:
            assert client.call("status")["pid"] == pid
            client.call("shutdown")
        deadline = time.monotonic() + 60
        while ours.socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with pytest.raises(DaemonError):
            Client(ours.socket)
    finally:
        ours.process.end(quiet)
    assert "episodes go to" in (out / "daemon.log").read_text()
