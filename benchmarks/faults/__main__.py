"""Every fault of recording against the invariants of the episode store.

    python -m benchmarks.faults [NAME...] [--quick] [--page]

Without names all of them, anew. --quick: a share of each, without timings. --page writes
docs/reference/fault-matrix.md from all outcomes kept in --json. Exit 1 on any violation.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.faults.cases import CASES, Case
from benchmarks.faults.mounts import permitted
from benchmarks.faults.outcome import Outcome, outcome
from benchmarks.faults.page import PAGE, page
from hardware.samples import monotonic_ns


def attempt(case: Case, count: int) -> Outcome:
    """All runs of a fault, timed."""
    began = monotonic_ns()
    runs = list(case.runs(count))
    return outcome(case.name, runs, (monotonic_ns() - began) * 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(case.name for case in CASES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir()) / "clap_faults.json")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    known = {case.name: case for case in CASES}
    if wrong := set(options.names) - set(known):
        parser.error(f"no such fault: {', '.join(sorted(wrong))}; there are {', '.join(known)}")
    kept: dict[str, Outcome] = {}
    if options.names and options.json.exists():
        kept = {told["fault"]: Outcome(**told) for told in json.loads(options.json.read_text())}
    good = True
    for case in (known[name] for name in options.names or known):
        count = case.quick if options.quick else case.full
        if options.quick and not count:
            continue
        if case.root and not permitted():
            print(f"-     {case.name}: mounting is not permitted here", flush=True)
            continue
        found = kept[case.name] = attempt(case, count)
        good = good and (found.good or (options.quick and not found.violations))
        print(f"{'ok   ' if found.good else 'AMISS'} {_line(found)}", flush=True)
        for violation in (*found.violations, *found.late)[:5]:
            print(f"      {violation}", flush=True)
        options.json.write_text(json.dumps([asdict(one) for one in kept.values()], indent=1))
    if options.page:
        PAGE.write_text(page([(case, kept[case.name]) for case in CASES if case.name in kept]))
    sys.exit(0 if good else 1)


def _line(found: Outcome) -> str:
    held = " ".join(f"{name}:{count}" for name, count in found.held.items())
    return f"{found.fault}: {found.runs} runs in {found.seconds:.0f} s; {held}; {found.note}"


if __name__ == "__main__":
    main()
