"""A daemon's status for the terminal."""

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text


def status_table(status: dict[str, Any]) -> Group:
    """One row a process; below, what is recorded, what is still to be sealed, and what the operator should know."""
    fault = status["fault"]
    table = Table(title=f"{status['state']}" + (f": {fault['message']}" if fault else ""))
    for heading in ("process", "state", "what it says"):
        table.add_column(heading)
    for name, process in status["processes"].items():
        state = "ready" if process["ready"] else "starting" if process["alive"] else "dead"
        said = {k: v for k, v in process.items() if k not in ("alive", "ready", "recording")}
        table.add_row(name, state, ", ".join(f"{k}={_short(v)}" for k, v in said.items()))
    recording = status["processes"].get("capture", {}).get("recording")
    lines = [Text(recording_line(recording))] if recording else []
    lines += [Text(backlog_line(status["backlog"]))]
    lines += [Text(line, "bold red") for line in (status["notice"],) if line]
    lines += [Text(line, "yellow") for line in status["warnings"]]
    return Group(table, *lines)


def recording_line(recording: dict[str, Any]) -> str:
    """The running take: length, what it has, what it lost, how much of it a power cut could take."""
    frames = {n.partition("/")[2]: count for n, count in recording["rows"].items() if n.startswith("cameras/")}
    pictures = ", ".join(f"{name} {count}" for name, count in frames.items()) or "none yet"
    lost = ", ".join(f"{name} {count}" for name, count in recording["gaps"].items()) or "nothing"
    return (
        f"recording {recording['path']}: {recording['seconds']:.1f} s; pictures: {pictures}; lost: {lost};"
        f" not yet durable: {recording['durable_lag_ms'] / 1000:.2f} s"
    )


def backlog_line(backlog: dict[str, Any]) -> str:
    """How many episodes are still to be sealed, and how long that takes at the rate so far."""
    if not backlog["pending"]:
        return "nothing waits to be sealed"
    left = "" if backlog["left_s"] is None else f", about {backlog['left_s']:.0f} s"
    count = "1 episode waits" if backlog["pending"] == 1 else f"{backlog['pending']} episodes wait"
    return f"{count} to be sealed: {backlog['bytes'] / 1e6:.0f} MB{left}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
