"""Every fault file through `clap selftest` on the running virtual rig: does each trip its own gate, and no other?

    python -m benchmarks.live_faults [NAME...]

Writes docs/reference/sync-faults-live.md when all files were run. Alone on a machine: about 45 s a file.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hardware.load import load
from hardware.virtual_config import FaultFile

RIG = Path("configs/rigs/virtual.yaml")
FAULTS = Path("configs/faults")
PAGE = Path("docs/reference/sync-faults-live.md")
SECONDS = 24

# The virtual rig's limits allow for stalls of a shared host; faults that are as short need the others.
STRICTER = {"states_lost_in_a_row": "gates.states_lost_in_a_row=[10, 16]"}

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One self-test. `ended`: what the command said where it came to no verdict."""

    name: str
    code: int
    failed: frozenset[Line]
    missing: frozenset[Line]
    unrelated: frozenset[Line]
    ended: str

    @property
    def good(self) -> bool:
        return not (self.ended or self.missing or self.unrelated) and self.code == (1 if self.name else 0)


def run(name: str) -> Run:
    """The self-test under the fault file `name`; empty: without a fault."""
    told = load(FaultFile, FAULTS / f"{name}.yaml") if name else None
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder) / "certificate.json"
        words = ["selftest", "--rig", RIG, "--seconds", SECONDS, "--out", folder, "--json", certificate]
        words += ["--fault", FAULTS / f"{name}.yaml"] if name else []
        words += ["--set", STRICTER[name]] if name in STRICTER else []
        done = subprocess.run(
            [sys.executable, "-m", "collector.cli", *map(str, words)],
            env={**os.environ, "XDG_RUNTIME_DIR": folder, "XDG_STATE_HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        if not certificate.exists():
            return Run(name, done.returncode, *3 * (frozenset[Line](),), done.stderr.strip().splitlines()[-1])
        gates = json.loads(certificate.read_text())["gates"]
    failed = frozenset((g["subject"], g["name"]) for g in gates if g["verdict"] == "fail")
    expected = frozenset[Line](told.expect if told else ())
    related = frozenset[Line](told.related if told else ())
    return Run(name, done.returncode, failed, expected - failed, failed - expected - related, "")


def page(runs: list[Run]) -> str:
    """The table for the docs."""
    lines = [
        "# Faults on the running virtual rig",
        "",
        f"Made by `python -m benchmarks.live_faults`: `clap selftest --seconds {SECONDS}` with each file of",
        "`configs/faults`, drivers, processes and far ends in real time on one machine. The same files over many seeds",
        "in virtual time: [sync-faults.md](sync-faults.md).",
        f"With other limits than the rig file's: {', '.join(STRICTER)} ({'; '.join(STRICTER.values())}).",
        "",
        f"**{sum(r.good for r in runs)} of {len(runs)} runs as they should be.**",
        "",
        "| fault | exit | gates that failed | expected, and passed | failed, and unrelated |",
        "|---|---|---|---|---|",
    ]
    for found in runs:
        sets = [
            "; ".join(f"{subject}: {gate}" for subject, gate in sorted(lines_of))
            for lines_of in (found.failed, found.missing, found.unrelated)
        ]
        lines.append(f"| {found.name or '(none)'} | {found.code} | {found.ended or sets[0]} | {sets[1]} | {sets[2]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    names = sys.argv[1:] or ["", *sorted(path.stem for path in FAULTS.glob("*.yaml"))]
    runs: list[Run] = []
    for name in names:
        found = run(name)
        runs.append(found)
        print(f"{'ok  ' if found.good else 'AMISS'} {name or '(none)'}: {found}", flush=True)
    if not sys.argv[1:]:
        PAGE.write_text(page(runs))


if __name__ == "__main__":
    main()
