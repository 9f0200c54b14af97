"""A daemon's status for the terminal."""

from typing import Any

from rich.table import Table


def status_table(status: dict[str, Any]) -> Table:
    """One row a process."""
    fault = status["fault"]
    table = Table(title=f"{status['state']}" + (f": {fault['message']}" if fault else ""))
    for heading in ("process", "state", "what it says"):
        table.add_column(heading)
    for name, process in status["processes"].items():
        state = "ready" if process["ready"] else "starting" if process["alive"] else "dead"
        said = {k: v for k, v in process.items() if k not in ("alive", "ready")}
        table.add_row(name, state, ", ".join(f"{k}={_short(v)}" for k, v in said.items()))
    return table


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
