"""Every fault of teleoperation on the running virtual rig: held in time, named, inside limits, back through ALIGN?

    python -m benchmarks.teleop_faults [NAME...] [--rig R] [--set K=V] [--json FILE] [--page]

Each run has a daemon of its own and takes about half a minute. --json keeps the outcomes, and those of earlier runs
under other names; --page writes docs/reference/teleop-faults.md from all of them.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.teleop_faults_list import CASES, Case
from benchmarks.teleop_faults_page import PAGE, page
from benchmarks.teleop_faults_run import Outcome, run
from benchmarks.teleop_limits_rig import running
from collector.control import DaemonError
from collector.record import RigFault

SLACK_MS = 60.0
"""Granted to a shared host: stalls of its scheduler, and a look at the world's faults every 10 ms."""


def attempt(case: Case, rig_path: Path, sets: tuple[str, ...]) -> Outcome:
    """One run; what ends it early is its problem."""
    try:
        with running(rig_path, (*sets, *case.sets)) as rig:
            return run(case, rig, next(iter(rig.config.followers)), SLACK_MS)
    except (RigFault, DaemonError) as error:
        none = float("nan")
        return Outcome(
            case.name, case.lab, "none", "", none, none, case.by, none, none, named=False, breaches=0, again="",
            problem=str(error),
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(case.name for case in CASES))
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir()) / "teleop_faults.json")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    known = {case.name: case for case in CASES}
    if wrong := set(options.names) - set(known):
        parser.error(f"no such fault: {', '.join(sorted(wrong))}; there are {', '.join(known)}")
    kept: dict[str, Outcome] = {}
    if options.json.exists():
        kept = {told["name"]: Outcome(**told) for told in json.loads(options.json.read_text())}
    names = options.names or ([] if options.page else list(known))
    for name in names:
        found = kept[name] = attempt(known[name], options.rig, tuple(options.set))
        print(f"{'ok   ' if found.good else 'AMISS'} {found}", flush=True)
        options.json.write_text(json.dumps([asdict(outcome) for outcome in kept.values()], indent=1))
    if options.page:
        PAGE.write_text(page([kept[name] for name in known if name in kept], SLACK_MS))
    sys.exit(0 if all(kept[name].good for name in names) else 1)


if __name__ == "__main__":
    main()
