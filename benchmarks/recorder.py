"""What recording costs: Clapboard, LeRobot's own recorder and the bare floor, on the same frames, in alternation.

`python -m benchmarks.recorder [--rounds 5] [--seconds 10] [--only NAME ...] [--out out/recorder] [--page]`. Nothing
else should run on the machine. Writes results.json there after every run (a later call goes on where it ended), and
with --page docs/reference/recorder.md from it and from capture_load's load.json. `--only` takes beginnings of names of
recorder_runs.SUBJECTS.
"""

import argparse
import json
import os
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.capture_load import Load
from benchmarks.recorder_meter import Found
from benchmarks.recorder_page import page
from benchmarks.recorder_runs import SUBJECTS, Killed, Subject, kill, run
from benchmarks.recorder_source import make_pictures

PAGE = Path("docs/reference/recorder.md")


@dataclass(slots=True)
class Results:
    """All that was measured: by round, by subject; and after the kills."""

    machine: dict[str, Any]
    seconds: float
    rounds: list[dict[str, Found]] = field(default_factory=list[dict[str, Found]])
    killed: dict[str, Killed] = field(default_factory=dict[str, Killed])

    @staticmethod
    def load(path: Path, seconds: float) -> "Results":
        """Those of an earlier call of the same length, if there are any."""
        if not path.exists():
            return Results(_machine(), seconds)
        raw = json.loads(path.read_text())
        if raw["seconds"] != seconds:
            raise SystemExit(f"{path} has takes of {raw['seconds']:g} s; move it away or ask for the same length")
        rounds = [{name: Found(**found) for name, found in one.items()} for one in raw["rounds"]]
        killed = {name: Killed(**one) for name, one in raw["killed"].items()}
        return Results(raw["machine"], seconds, rounds, killed)

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))


def main() -> None:
    asked = _arguments()
    subjects = [s for s in SUBJECTS if not asked.only or s.name.startswith(tuple(asked.only))]
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    pictures, path = out / "pictures.npy", out / "results.json"
    if not pictures.exists():
        make_pictures(pictures)
    results = Results.load(path, asked.seconds)
    for number in range(asked.rounds):
        if number == len(results.rounds):
            results.rounds.append({})
        for subject in subjects:
            if subject.name not in results.rounds[number]:
                results.rounds[number][subject.name] = _told(subject, pictures, out, asked.seconds)
                results.save(path)
    for subject in subjects:
        if subject.killable and subject.name not in results.killed:
            results.killed[subject.name] = kill(subject, pictures, out / "run")
            print(f"{subject.name}, killed: {results.killed[subject.name]}", flush=True)
            results.save(path)
    if asked.page:
        if not (out / "load.json").exists():
            raise SystemExit(f"{out} has no load.json: run python -m benchmarks.capture_load first")
        loads = [Load(**one) for one in json.loads((out / "load.json").read_text())]
        PAGE.write_text(page(results.machine, results.seconds, results.rounds, results.killed, loads))


def _told(subject: Subject, pictures: Path, out: Path, seconds: float) -> Found:
    began = time.monotonic()
    found = run(subject, pictures, out / "run", seconds)
    print(f"{subject.name}: {found} ({time.monotonic() - began:.0f} s)", flush=True)
    return found


def _machine() -> dict[str, Any]:
    told = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    return {**told, "date": time.strftime("%Y-%m-%d")}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("out/recorder"))
    parser.add_argument("--page", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
