"""The watch on the terminal: every stream a row, faults named with their remedy, and no daemon said plainly."""

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from collector.control import Client, DaemonError, Server
from collector.report.watch_table import watch, watch_table
from collector.selftest.watch import Watch
from tests.collector.watch_streams import EXPOSURE_US, Streams, feed, rig


def _status(fault: dict[str, Any] | None = None) -> dict[str, Any]:
    streams, live = Streams(2, 3), Watch(rig())
    streams.rows["cameras/side"]["exposure_us"][100:] = 2 * EXPOSURE_US
    feed(live, streams.rows, streams.end_ns)
    return {"state": "idle", "fault": fault, "processes": {"sync": live.status(streams.end_ns)}}


def _shown(status: dict[str, Any], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(watch_table(status, rig()))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_stream_has_a_row_that_fits_an_ordinary_terminal() -> None:
    text = _shown(_status())
    for name in ("trigger", "cameras/front", "leaders/right", "arms/right"):
        assert any(line.startswith(name) for line in text.splitlines())
    assert "60.00" in text
    assert "drift ppm" in text


def test_a_fault_is_named_with_its_remedy() -> None:
    text = _shown(_status(), 160)
    assert "exposure changed" in text
    assert "switch its auto-exposure off" in text


def test_a_session_in_fault_says_why() -> None:
    assert "the cable is out" in _shown(_status({"message": "the cable is out"}), 120)


@pytest.mark.parametrize("processes", [{}, {"sync": {"alive": True}}])
def test_before_the_sync_process_speaks_it_says_so(processes: dict[str, Any]) -> None:
    assert "nothing comes yet" in _shown({"state": "starting", "fault": None, "processes": processes})


def test_it_refreshes_until_it_is_stopped(tmp_path: Path) -> None:
    server, closed, stop = Server(tmp_path / "s"), threading.Event(), threading.Event()
    told = _status()
    asked: list[str] = []

    def serve() -> None:
        while not closed.wait(0.005):
            for client, request in server.poll():
                asked.append(request["verb"])
                answer = {"rig": rig().model_dump(mode="json")} if asked[-1] == "rig" else told
                server.answer(client, {"ok": True, **answer})
                if asked.count("status") == 3:
                    stop.set()

    serving = threading.Thread(target=serve)
    serving.start()
    output = io.StringIO()
    try:
        with Client(tmp_path / "s") as client:
            watch(client, Console(file=output, width=120, height=40, force_terminal=True), stop)
    finally:
        closed.set()
        serving.join()
        server.close()
    assert asked == ["rig", "status", "status", "status"]
    assert output.getvalue().count("arms/right") >= 3


def test_without_a_daemon_it_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match="clap daemon run"):
        Client(tmp_path / "nobody")
