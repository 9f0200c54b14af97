"""Inside the capture process: what of the low-rate streams to remember, and the episode being written."""

from collections import Counter, deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.disk import Disk, SystemDisk
from collector.episode.journal import Journal
from collector.links import RingReader
from hardware.samples import monotonic_ns

# How far back an episode reaches: pings make the box clock's bound tight from the first frame on; edges
# and joints must bracket a frame that was exposed just before the start and delivered just after it; a hand
# says nothing while it moves, for up to a stroke.
_MEMORY_NS = {"trigger/pings": 60_000_000_000, "trigger": 500_000_000, "grippers": 2_000_000_000}
_MEMORY_DEFAULT_NS = 100_000_000


def _memory_ns(stream: str) -> int:
    return _MEMORY_NS.get(stream, _MEMORY_NS.get(stream.partition("/")[0], _MEMORY_DEFAULT_NS))


class LowRate:
    """Drains the rings and keeps the last moments of each."""

    def __init__(self, readers: dict[str, RingReader]) -> None:
        self._readers = readers
        self._memory: dict[str, deque[tuple[int, NDArray[np.void]]]] = {n: deque() for n in readers}
        self._lost = dict.fromkeys(readers, 0)

    def drain(self) -> dict[str, NDArray[np.void]]:
        """New rows by stream."""
        now = monotonic_ns()
        fresh: dict[str, NDArray[np.void]] = {}
        for name, reader in self._readers.items():
            rows = reader.drain()
            memory = self._memory[name]
            if len(rows):
                fresh[name] = rows
                memory.append((now, rows))
            horizon = now - _memory_ns(name)
            while memory and memory[0][0] < horizon:
                memory.popleft()
        return fresh

    def memory(self) -> list[tuple[str, NDArray[np.void]]]:
        """The remembered rows of each stream, oldest first."""
        return [(name, rows) for name, memory in self._memory.items() for _, rows in memory]

    def missed(self) -> dict[str, int]:
        """Rows that a ring overwrote before we read them, since the last call."""
        lost = {name: reader.lost for name, reader in self._readers.items() if reader.lost > self._lost[name]}
        fresh = {name: count - self._lost[name] for name, count in lost.items()}
        self._lost.update(lost)
        return fresh


class Recording:
    """The journal of one episode, and how much went into it. Raises OSError where the journal does."""

    def __init__(self, path: Path, meta: dict[str, object], need_bytes: int, disk: Disk | None = None) -> None:
        self.path = path
        self._journal = Journal.create(path, meta, need_bytes=need_bytes, disk=disk or SystemDisk())
        self._started_ns = monotonic_ns()
        self._rows: Counter[str] = Counter()
        self._gaps: Counter[str] = Counter()

    def rows(self, stream: str, rows: NDArray[np.void]) -> None:
        """Rows of a low-rate stream."""
        self._journal.append_rows(stream, rows)
        self._rows[stream] += len(rows)

    def frame(self, camera: str, row: NDArray[np.void], jpeg: bytes) -> None:
        """One picture."""
        stream = f"cameras/{camera}"
        self._journal.append_frame(stream, row, jpeg)
        self._rows[stream] += 1

    def gap(self, stream: str, t_ns: int, count: int, reason: str) -> None:
        """Mark samples that are not here."""
        self._journal.append_gap(stream, t_ns, count, reason)
        self._gaps[stream] += count

    def event(self, kind: str, data: dict[str, Any], t_ns: int | None = None) -> None:
        """Something that happened then, or now."""
        self._journal.append_event(monotonic_ns() if t_ns is None else t_ns, kind, data)

    def commit(self) -> None:
        """Hand what is buffered to the kernel."""
        self._journal.commit()

    def close(self, status: str, summary: dict[str, Any]) -> dict[str, Any]:
        """Seal the journal; returns what is in it. On a full disk its last words still fit.

        Raises OSError (the end record could not be written), but closes.
        """
        for stream, count in self._journal.close(status, summary).items():
            self._rows[stream] -= count
            self._gaps[stream] += count
        return {**self.counts(), **summary, "status": status}

    def counts(self) -> dict[str, Any]:
        """Length so far and rows and gaps by stream."""
        return {"seconds": self.seconds, "rows": dict(self._rows), "gaps": dict(self._gaps)}

    @property
    def seconds(self) -> float:
        """Length so far."""
        return (monotonic_ns() - self._started_ns) * 1e-9

    @property
    def bytes_s(self) -> float:
        """What it needs on the disk a second."""
        return self._journal.committed_bytes / max(self.seconds, 1.0)

    def status(self) -> dict[str, Any]:
        """For the operator, while it runs."""
        return {
            "path": str(self.path),
            "durable_lag_ms": self._journal.durable_lag_ns * 1e-6,
            "low_space": self._journal.low_space,
            "problem": self._journal.problem,
            **self.counts(),
        }
