"""docs/reference/fault-matrix.md from what the runs found."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.faults.outcome import INVARIANTS, Outcome

if TYPE_CHECKING:
    from benchmarks.faults.cases import Case

PAGE = Path("docs/reference/fault-matrix.md")

_HEAD = """# What a fault costs a recording

Made by `make faults` (`python -m benchmarks.faults --page`), about 25 minutes alone on two cores. A recorder process
drives the production journal at the rig's rates (three cameras 640x480 at 60 Hz, about 19 MB/s; a 1 kHz arm with its
commands, a 200 Hz leader, edges, pings, a gripper). Every sample is a function of its stream and number, and what the
journal acknowledged as committed and as durable is written after each commit into memory that outlives the recorder: so
what is recovered is held, sample by sample and byte by byte, against what was promised. Each run has an earlier episode
beside it, and is recovered by the production salvage, twice, and once more from a copy. The faults of the last group
run under the whole daemon on the virtual rig.

| | invariant |
|---|---|
{invariants}

A number in a column: the runs in which that invariant was checked and held; a dash: not checked there. *tail*: how old
the oldest lost sample was at the worst, ms before the kill; *recovery*: the longest, s; *stall*: the longest commit,
ms.

**{runs} runs of {faults} faults, {violations} violations.**

"""


def page(found: Sequence[tuple["Case", Outcome]]) -> str:
    """The whole page, Markdown."""
    outcomes = [one for _, one in found]
    head = _HEAD.format(
        invariants="\n".join(f"| {name} | {text} |" for name, text in INVARIANTS.items()),
        runs=sum(one.runs for one in outcomes),
        faults=len(outcomes),
        violations=sum(len(one.violations) + len(one.late) for one in outcomes),
    )
    columns = ["fault", "runs", *INVARIANTS, "violations", "tail", "recovery", "stall"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for one in outcomes:
        held = [str(one.held.get(name, "-")) for name in INVARIANTS]
        times = [_number(one.tail_ms, 0), _number(one.recovery_s, 2), _number(one.stall_ms, 0)]
        lines.append(
            "| "
            + " | ".join([one.fault, str(one.runs), *held, str(len(one.violations) + len(one.late)), *times])
            + " |"
        )
    lines += ["", "## How each is made, and how it ended", "", "| fault | how | ended |", "|---|---|---|"]
    lines += [f"| {one.fault} | {case.how} | {one.note} |" for case, one in found]
    if broken := [one for one in outcomes if not one.good]:
        lines += ["", "## Violations", ""]
        lines += [f"- {one.fault}, {text}" for one in broken for text in (*one.violations, *one.late)]
    return head + "\n".join([*lines, ""])


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
