"""From a key to the changed state: how long the daemon takes over a verb while the virtual rig records.

`python -m benchmarks.console_latency [--rounds 40] [--takes 10] [--rig PATH] [--out out/console]`. Production daemon,
processes and drivers. As in the console's link, verbs that wait for the capture process go by a connection of their
own; a key has arrived when a status says so. Two others ask for the status ten times a second, as consoles that watch.
`open`: until the journal of a take takes marks, which is the disk's time. Also what one status weighs, and what it
costs the daemon. Writes latency.json. Exit 1 when the 95th percentile of all keys, `open` apart, is above 50 ms.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from collector.attach import DaemonProcess
from collector.control import socket_path
from collector.headless import progress_line
from collector.labels.event import LabelSet
from collector.labels.task import TaskConfig
from collector.record import Rig, RigFault
from collector.remote import DaemonError, Remote
from collector.remote_status import Status
from hardware.config import RigConfig
from hardware.load import load

TASK = Path("configs/tasks/pick_cube.yaml")
LIMIT_MS = 50.0
_WATCHERS = 2
_ASKED = 300  # statuses, to know what one costs
_LONGEST_S = 10.0

Press = Callable[[Remote], object]
Shown = Callable[[Status], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """How long a key took, from the verb to the status that shows it."""

    key: str
    times: int
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Weight:
    """One status: its size, how long a client waits for it, and the daemon's CPU time for it."""

    bytes: int
    p95_ms: float
    cpu_ms: float


class Stopwatch:
    """Presses keys and notes how long each took; `beside`: the connection of the verbs that wait."""

    def __init__(self, remote: Remote, beside: Remote) -> None:
        self._remote, self._beside = remote, beside
        self._thread = ThreadPoolExecutor(1)
        self.taken: dict[str, list[float]] = {}

    @property
    def reviewed(self) -> str:
        """The take under review, by UUID."""
        review = self._remote.status().review
        return review.uuid if review else ""

    def press(self, key: str, press: Press, shown: Shown) -> None:
        """One key. Raises RuntimeError where it is never shown."""
        began = time.perf_counter()
        press(self._remote)
        self._wait(key, shown, began)

    def press_and_wait(self, key: str, press: Press, shown: Shown) -> None:
        """One key whose answer comes late; returns with it."""
        began = time.perf_counter()
        answer = self._thread.submit(press, self._beside)
        self._wait(key, shown, began)
        if key in ("start", "retake"):
            self._wait("open", lambda s: s.take is not None and s.take.is_open, began)
        answer.result()

    def _wait(self, key: str, shown: Shown, began: float) -> None:
        while not shown(self._remote.status()):
            if time.perf_counter() - began > _LONGEST_S:
                raise RuntimeError(f"{key} was never shown")
        self.taken.setdefault(key, []).append(time.perf_counter() - began)

    def keys(self) -> list[Key]:
        """By key, and all together last."""
        together = [seconds for name, taken in self.taken.items() if name != "open" for seconds in taken]
        return [_key(name, taken) for name, taken in [*self.taken.items(), ("all", together)]]


def in_a_take(watch: Stopwatch, rounds: int) -> None:
    """Marks, notes, labels and undo while a take runs."""
    for number in range(rounds):
        word = f"mark {number}"
        watch.press("step", lambda r, w=word: r.step(w), lambda s, w=word: w in _marks(s))
        watch.press("undo", lambda r: r.undo(), lambda s, w=word: w not in _marks(s))
        watch.press("note", lambda r, w=word: r.note(w), lambda s, w=word: w in _notes(s))
        watch.press("undo", lambda r: r.undo(), lambda s, w=word: w not in _notes(s))
        tags = LabelSet.model_validate({"tags": [word]})
        watch.press("label", lambda r, t=tags: r.label(t), lambda s, w=word: w in _tags(s))


def takes(watch: Stopwatch, count: int) -> None:
    """Whole takes: start, stop, score, retake, keep."""
    for number in range(count):
        watch.press_and_wait("start", lambda r: r.start(), lambda s: s.state == "RECORDING")
        first = _stop(watch)
        score = LabelSet(score=1 + number % 5)  # pyright: ignore[reportCallIssue]
        watch.press("score", lambda r, w=score: r.label(w), lambda s, w=score: _score(s) == w.score)
        watch.press_and_wait("retake", lambda r: r.retake(), lambda s, f=first: s.take is not None and s.take.uuid != f)
        _stop(watch)
        watch.press("keep", lambda r: r.keep(), lambda s: s.state == "ARMED")


def _stop(watch: Stopwatch) -> str:
    """After a moment; of which take."""
    time.sleep(0.3)
    watch.press_and_wait("stop", lambda r: r.stop(), lambda s: s.state == "REVIEW")
    return watch.reviewed


def weight(remote: Remote) -> Weight:
    """Of a status while a take runs; the daemon's other work in the same time is taken off."""
    took: list[float] = []
    idle_s, began = _cpu(remote), time.monotonic()
    time.sleep(3.0)
    rest = (_cpu(remote) - idle_s) / (time.monotonic() - began)
    before, began = _cpu(remote), time.monotonic()
    told: dict[str, Any] = {}
    for _ in range(_ASKED):
        asked = time.perf_counter()
        told = remote.ask("status")
        took.append(time.perf_counter() - asked)
    spent = _cpu(remote) - before - rest * (time.monotonic() - began)
    return Weight(len(json.dumps(told)), _key("", took).p95_ms, 1e3 * spent / _ASKED)


@contextmanager
def watched(socket: Path) -> Generator[None]:
    """By consoles that ask for the status ten times a second."""
    done = threading.Event()

    def run() -> None:
        with Remote(socket) as remote:
            remote.attach("watcher", "watch")
            while not done.wait(0.1):
                remote.status()

    threads = [threading.Thread(target=run) for _ in range(_WATCHERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def measure(rig_path: Path, rounds: int, count: int, console: Console) -> tuple[list[Key], Weight]:
    """All of it, on a daemon of its own."""
    rig, task = load(RigConfig, rig_path), load(TaskConfig, TASK)
    with tempfile.TemporaryDirectory() as folder:
        daemon = DaemonProcess(rig_path, rig.name, (), Path(folder), None)
        with progress_line(console) as report:
            try:
                path = socket_path(rig.name)
                with daemon.connect() as client, Remote(path) as remote, Remote(path) as beside:
                    Rig(client, report).prepare(override="benchmark")
                    remote.attach("benchmark")
                    beside.attach("benchmark", key=remote.key)
                    remote.plan(task)
                    watch = Stopwatch(remote, beside)
                    with watched(path):
                        remote.start()
                        report("keys in a take", None)
                        in_a_take(watch, rounds)
                        remote.stop()
                        report("whole takes", None)
                        takes(watch, count)
                    remote.start()
                    report("statuses", None)
                    weighed = weight(remote)
                    remote.stop()
            finally:
                daemon.end(report)
    return watch.keys(), weighed


def table(keys: list[Key]) -> Table:
    """For the terminal."""
    shown = Table(title=f"from a key to the status that shows it, ms (95 % of all within {LIMIT_MS:g})")
    for heading in ("key", "times", "p50", "p95", "max"):
        shown.add_column(heading, justify="left" if heading == "key" else "right")
    for key in keys:
        shown.add_row(key.key, str(key.times), f"{key.p50_ms:.1f}", f"{key.p95_ms:.1f}", f"{key.max_ms:.1f}")
    return shown


def _key(name: str, taken: list[float]) -> Key:
    cuts = quantiles(taken, n=100, method="inclusive")
    return Key(name, len(taken), 1e3 * cuts[49], 1e3 * cuts[94], 1e3 * max(taken))


def _cpu(remote: Remote) -> float:
    told: dict[str, Any] = remote.ask("status")
    return float(told["cpu_s"])


def _marks(status: Status) -> list[str]:
    return [mark.name for mark in status.take.marks] if status.take else []


def _notes(status: Status) -> list[str]:
    return [note.text for note in status.take.labels.notes] if status.take else []


def _tags(status: Status) -> tuple[str, ...]:
    return status.take.labels.tags if status.take else ()


def _score(status: Status) -> int | None:
    return status.review.labels.score if status.review else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--takes", type=int, default=10)
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--out", type=Path, default=Path("out/console"))
    asked, console = parser.parse_args(), Console()
    try:
        keys, weighed = measure(asked.rig, asked.rounds, asked.takes, console)
    except (DaemonError, RigFault) as error:
        console.print(f"the rig did not bear up: {error}")
        return 3
    console.print(table(keys))
    console.print(
        f"a status: {weighed.bytes} bytes, {weighed.cpu_ms:.2f} ms of the daemon's CPU, answered within"
        f" {weighed.p95_ms:.1f} ms (p95)"
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    told = {"keys": [asdict(key) for key in keys], "status": asdict(weighed), "limit_ms": LIMIT_MS}
    (asked.out / "latency.json").write_text(json.dumps(told, indent=1))
    return 0 if keys[-1].p95_ms <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
