"""The self-test for the terminal: one line a gate with value, limit, verdict, and a remedy where one is needed."""

from collections.abc import Sequence

from rich.table import Table

from collector.selftest.gate import Gate, worst

_COLOUR = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def gate_table(gates: Sequence[Gate], title: str) -> Table:
    """All gates, grouped by subject as they come."""
    verdict = worst(gates)
    table = Table(title=f"{title}: [{_COLOUR[verdict]}]{verdict.upper()}[/]", title_justify="left", box=None)
    table.add_column("", no_wrap=True, min_width=4)
    table.add_column("gate", no_wrap=True)
    table.add_column("value", no_wrap=True, justify="right")
    table.add_column("limit", no_wrap=True, justify="right", min_width=6)
    table.add_column("remedy", overflow="fold")
    for gate in gates:
        table.add_row(
            f"[{_COLOUR[gate.verdict]}]{gate.verdict}[/]",
            f"{gate.subject}: {gate.name}",
            f"{gate.value:.3g} {gate.unit}".strip(),
            f"{gate.fail:.3g}",
            "" if gate.verdict == "pass" else gate.remedy,
        )
    return table
