"""What was recovered, held against what the recorder had acknowledged and against what each sample must be."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.board import Board
from benchmarks.faults.material import STREAMS, Pictures, rows
from benchmarks.faults.outcome import Run
from collector.episode.journal_reader import Scan, scan
from collector.episode.verify import examine

Ints = NDArray[np.int64]

_REFITTED = ("t_ns", "u_ns")  # the raw ones go to /clocks
_H5DUMP = shutil.which("h5dump")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """Samples a stream that came back, and how many of them before the first that did not."""

    counts: Ints
    unbroken: Ints


def judge_journal(
    run: Run, journal: Path, promised: Ints, offered: Ints, pictures: Pictures, *, invariant: str = "I1"
) -> Found:
    """Holds what a journal gives back to what was promised of it: so many samples a stream."""
    with scan(journal) as found:
        counts = np.array([len(found.rows[name]) for name in STREAMS], np.int64)
        unbroken = np.array([_unbroken(found.rows[name]["seq"]) for name in STREAMS], np.int64)
        for name, least, most, count in zip(STREAMS, promised, offered, counts, strict=True):
            run.require(invariant, count >= least, f"{name}: {least} were acknowledged, {count} are recovered")
            run.require("I3", count <= most, f"{name}: {most} were offered, {count} are recovered")
        wrong = differences(found, pictures)
        run.require("I3", not wrong, "; ".join(wrong[:3]))
    return Found(counts, unbroken)


def differences(found: Scan, pictures: Pictures) -> list[str]:
    """Samples of a journal that are not what was offered, or come twice or out of order."""
    wrong: list[str] = []
    for name, declared in STREAMS.items():
        got = found.rows[name]
        wrong += _disorder(name, got["seq"])
        if got.tobytes() != rows(name, _enough(got["seq"]))[got["seq"]].tobytes():
            wrong.append(f"{name}: rows differ from those offered")
        if declared.kind == "camera":
            pairs = zip(got["seq"].tolist(), found.jpegs[name], strict=True)
            wrong += [f"{name}: picture {n} differs" for n, jpeg in pairs if bytes(jpeg) != pictures(name, n)]
    return wrong


def judge_episode(run: Run, episode: Path, counts: Ints, pictures: Pictures, *, losses: bool | None = False) -> None:
    """Is an episode what its journal held, for bare h5py too? `losses`: must verify tell of some; None: it may."""
    report = examine(episode)
    run.require("I3", not report.problems, f"verify: {report.problems[:2]}")
    if losses is not None:
        run.require("I6", bool(report.losses) == losses, f"verify tells of these losses: {report.losses[:2]}")
    with h5py.File(episode) as file:
        for (name, declared), count in zip(STREAMS.items(), counts, strict=True):
            group: h5py.Group = file["clocks/trigger/pings" if declared.kind == "pings" else f"streams/{name}"]
            numbers: Ints = group["seq"][()]
            run.require("I3", len(numbers) == count, f"{name}: {count} in the journal, {len(numbers)} in the episode")
            true = rows(name, _enough(numbers))[numbers]
            for field in true.dtype.names or ():
                refitted = field in _REFITTED and declared.kind != "pings"
                stored = file[f"clocks/{name}/causal_{field}"][()] if refitted else group[field][()]
                same = stored.tobytes() == true[field].tobytes()
                run.require("I3", same, f"{name}/{field}: stored is not what was offered")
            if declared.kind == "camera":
                _judge_pictures(run, group, name, numbers, pictures)
    _judge_tools(run, episode)


def _judge_pictures(run: Run, group: h5py.Group, name: str, numbers: Ints, pictures: Pictures) -> None:
    stored, sizes = group["jpeg"], group["jpeg_bytes"][()]
    for row, (number, size) in enumerate(zip(numbers.tolist(), sizes.tolist(), strict=True)):
        if stored[row][:size].tobytes() != pictures(name, number):
            run.require("I3", False, f"{name}: stored picture {number} differs")
    if len(sizes):
        shown = cv2.imdecode(stored[len(sizes) - 1], cv2.IMREAD_COLOR)
        run.require(
            "I9",
            shown is not None and shown.shape[:2] == (group.attrs["height"], group.attrs["width"]),
            f"{name}: does not decode",
        )


def _judge_tools(run: Run, episode: Path) -> None:
    """HDF5 1.10's own reader, where it is installed."""
    if _H5DUMP is None:
        return
    for what in (("-H",), ("-d", "/action"), ("-d", "/streams/cameras/front/jpeg", "-c", "1,64")):
        done = subprocess.run([_H5DUMP, *what, episode], capture_output=True, check=False)
        run.require("I9", done.returncode == 0, f"h5dump {' '.join(what)}: {done.stderr[-200:].decode()}")


def judge_tail(run: Run, board: Board, unbroken: Ints, killed_ns: int) -> None:
    """How old was the oldest sample that did not survive, of the worst stream, ms."""
    worst = 0.0
    for (name, declared), count in zip(STREAMS.items(), unbroken.tolist(), strict=True):
        due = declared.due(killed_ns - board.read("began_ns"))
        worst = max(worst, (due - count) * 1e3 / declared.hz)
        run.require("I1", due >= count, f"{name}: more came back than there ever was")
    run.tail_ms = worst


def _unbroken(numbers: Ints) -> int:
    gone = np.flatnonzero(numbers != np.arange(len(numbers)))
    return int(gone[0]) if len(gone) else len(numbers)


def _disorder(name: str, numbers: Ints) -> list[str]:
    return [] if (np.diff(numbers) > 0).all() else [f"{name}: samples come twice or out of order"]


def _enough(numbers: Ints) -> int:
    """A table long enough; round, so that few are made."""
    return (int(numbers.max(initial=0)) // 1024 + 1) * 1024
