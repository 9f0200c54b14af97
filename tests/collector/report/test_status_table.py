"""`clap daemon status` says what is recorded, what is lost, what waits, and what to do about it."""

from typing import Any

from rich.console import Console

from collector.report.status_table import backlog_line, status_table

RECORDING = {
    "path": "data/episode_000007.journal", "seconds": 12.0, "durable_lag_ms": 180.0, "paused": "",
    "rows": {"trigger": 720, "cameras/front": 719}, "gaps": {"cameras/front": 1},
}  # fmt: skip
BACKLOG = {"pending": 2, "bytes": 340_000_000, "left_s": 21.0}


def shown(**more: Any) -> str:
    status: dict[str, Any] = {
        "state": "RECORDING", "fault": None, "notice": "", "warnings": [], "backlog": BACKLOG,
        "processes": {"capture": {"alive": True, "ready": True, "cpu_s": 0.4213, "recording": RECORDING}},
    }  # fmt: skip
    console = Console(width=200)
    with console.capture() as said:
        console.print(status_table(status | more))
    return said.get()


def test_a_take_and_the_backlog_are_one_line_each() -> None:
    said = shown()
    assert "pictures: front 719; lost: cameras/front 1; not yet durable: 0.18 s" in said
    assert "2 episodes wait to be sealed: 340 MB, about 21 s" in said
    assert "cpu_s=0.421" in said


def test_notices_and_warnings_stand_below() -> None:
    said = shown(notice="episode_000006 ended as truncated", warnings=["the disk is nearly full"])
    assert said.strip().splitlines()[-2:] == ["episode_000006 ended as truncated", "the disk is nearly full"]


def test_an_empty_backlog_and_an_unknown_rate_are_said() -> None:
    assert backlog_line({"pending": 0, "bytes": 0, "left_s": None}) == "nothing waits to be sealed"
    assert backlog_line({"pending": 1, "bytes": 5_000_000, "left_s": None}) == "1 episode waits to be sealed: 5 MB"
