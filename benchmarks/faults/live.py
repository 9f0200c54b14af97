"""`clap record` on the virtual rig in folders of its own, from the outside: its status, its end, what it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from benchmarks.faults.outcome import Run
from collector.control import Client, DaemonError
from collector.episode.reader import Episode
from collector.episode.verify import examine

RIG = Path("configs/rigs/virtual.yaml")
TASK = Path("configs/tasks/pick_cube.yaml")
# What is recorded is judged, not how punctual this host is: in its silences the robot coasts and ends no take.
_PATIENT = ("teleop.hold_ms=2000", "teleop.fault_ms=4000", "virtual.franka.lost_in_a_row=2000")
_PATIENCE_S = 120.0
_ATTEMPTS = 3


class NeverRecorded(Exception):
    """The rig did not come up."""


class Live:
    """A run of `clap record`; `said` is the last status of its recording that the daemon gave."""

    def __init__(self, out: Path, home: Path, seconds: float, sets: tuple[str, ...], episodes: int) -> None:
        self.out, self.env = out, {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home)}
        words = ["record", "--rig", RIG, "--task", TASK, "--scene", "object=red cube", "--seconds", seconds]
        words += ["--episodes", episodes, "--out", out]
        words += ["--override", "fault matrix", "--json"]
        self.process = self.start(*words, *(word for item in (*_PATIENT, *sets) for word in ("--set", item)))
        self.client = self._connected(home / f"clapboard-{os.getuid()}" / "virtual.sock")
        self.said: dict[str, Any] = {}

    def start(self, *words: object) -> subprocess.Popen[str]:
        """A command of clap beside it."""
        command = [sys.executable, "-m", "collector.cli", *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True)

    def clap(self, *words: object) -> tuple[int, str]:
        """Run one to its end: exit code, and all it said."""
        return _ended(self.start(*words))

    def status(self) -> dict[str, Any]:
        """The daemon's."""
        status = self.client.call("status")
        self.said = status["processes"].get("capture", {}).get("recording") or self.said
        return status

    def until_recording(self, seconds: float) -> None:
        """Until so much is recorded."""
        deadline = time.monotonic() + _PATIENCE_S
        while (self.said.get("seconds") or 0.0) < seconds:
            try:
                self.status()
            except DaemonError:
                raise NeverRecorded(f"it never recorded: {_ended(self.process)}, {self._log()}") from None
            if time.monotonic() > deadline:
                raise NeverRecorded(f"it does not record within {_PATIENCE_S:.0f} s")
            time.sleep(0.05)

    def _log(self) -> str:
        """What the daemon said last."""
        return (self.out / "daemon.log").read_text()[-2000:]

    @property
    def episode(self) -> Path:
        """What its take becomes."""
        return Path(self.said["path"]).with_suffix(".hdf5")

    def pid(self, name: str) -> int:
        """Of the daemon or one of its processes."""
        status = self.status()
        return int(status["pid"] if name == "daemon" else status["processes"][name]["pid"])

    def end(self) -> tuple[int, str]:
        """Its exit code and what it said."""
        return _ended(self.process)

    def close(self) -> None:
        """End what still runs."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.end()

    def _connected(self, path: Path) -> Client:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return Client(path)
            except DaemonError:
                time.sleep(0.1)
        raise AssertionError(f"the daemon never listened: {_ended(self.process)}")


@contextmanager
def live(
    out: Path, home: Path, seconds: float, sets: tuple[str, ...] = (), at_s: float = 1.5, episodes: int = 1
) -> Generator[Live]:
    """One that has recorded for `at_s`."""
    rig = _recording(out, home, seconds, sets, at_s, episodes)
    try:
        yield rig
    finally:
        rig.close()


def _recording(out: Path, home: Path, seconds: float, sets: tuple[str, ...], at_s: float, episodes: int) -> Live:
    """On a busy machine a virtual rig may not come up; what is tested here comes afterwards."""
    for attempt in range(_ATTEMPTS):
        own = home / str(attempt)
        own.mkdir(parents=True)
        rig = Live(out, own, seconds, sets, episodes)
        try:
            rig.until_recording(at_s)
        except NeverRecorded:
            rig.close()
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return rig
    raise AssertionError("unreachable")


def judge_kept(run: Run, episode: Path, said: dict[str, Any], status: str) -> None:
    """An episode of a rig whose samples nobody knows: sound, and with all that its daemon had said was recorded."""
    report = examine(episode)
    run.require("I3", not report.problems, f"verify: {report.problems[:2]}")
    with Episode(episode) as kept:
        run.require("I6", kept.status == status, f"the status is {kept.status}, not {status}")
        journal = kept.provenance["journal"]
        for name, count in said.get("rows", {}).items():
            found = journal["rows_found"].get(name, 0)
            run.require("I1", found >= count, f"{name}: {count} were said to be recorded, {found} are kept")
        if journal["end"] is not None:
            books = journal["end"]["summary"].get("books", "balance")
            run.require("I8", books == "balance", str(books))
            run.require("I8", not report.losses, f"verify: {report.losses[:2]}")
    with h5py.File(episode) as file:
        run.require("I9", len(file["action"]) > 0, "no steps")


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=_PATIENCE_S)
    return process.returncode, f"{out}{err}"


def summary(text: str) -> dict[str, Any]:
    """What a command with --json said."""
    return json.JSONDecoder().raw_decode(text, text.index("{"))[0]


def fault(text: str) -> str:
    """What `clap record --json` said went wrong."""
    return str(summary(text)["fault"]) if "{" in text else text.strip()
