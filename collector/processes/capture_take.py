"""One take while it is recorded: all that comes is stored or counted; on a full disk it waits, then ends."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.disk import DiskFull
from collector.processes.capture_books import DISK_FULL, RING_OVERRUN, Books
from collector.processes.capture_camera import CameraPump
from collector.processes.capture_limits import warnings, why_failed
from collector.processes.capture_recording import Recording
from hardware.config import RecordingConfig

_RETRY_NS = 200_000_000
_HELD_BYTES = 64 << 20  # rows of a pause; a 1 kHz arm sends 1 MB a second
_LAST_ROWS_BYTES = 4 << 20  # half of what the journal keeps for its last words
_ROOM_S = 30.0  # how long the recording can go on with what the operator is asked to free
_LEAST_ROOM_BYTES = 64e6


@dataclass(frozen=True, slots=True)
class Ending:
    """The take cannot go on: the status of its episode, and why."""

    status: str
    problem: str


class Take:
    """A recording and its cameras. `judged`: lost frames may end it; a self-test judges them itself.

    `ending` says when it is to be closed although nobody asked; `figures`: what its end keeps of the rest of the rig.
    """

    def __init__(
        self, recording: Recording, pumps: Mapping[str, CameraPump], limits: RecordingConfig, *, judged: bool = True
    ) -> None:
        self.recording = recording
        self.ending: Ending | None = None
        self.figures: dict[str, Any] = {}
        self._pumps, self._limits, self._judged = pumps, limits, judged
        self._books = Books(recording, pumps.values())
        self._held: deque[tuple[str, NDArray[np.void]]] = deque()
        self._held_bytes = 0
        self._paused_ns: int | None = None
        self._retry_ns = 0
        self._room_bytes = 0.0

    def move(self, fresh: Mapping[str, NDArray[np.void]], missed: Mapping[str, int], now_ns: int) -> None:
        """Store and commit what came: rows by stream, pictures. `missed`: rows by stream that a ring lost."""
        for stream, count in missed.items():
            self._books.lose(stream, count, RING_OVERRUN)
        for stream, rows in fresh.items():
            self._keep(stream, rows)
        if self._paused_ns is None:
            self._books.store()
        self._books.mark(now_ns)
        if now_ns >= self._retry_ns:
            self._commit(now_ns)
        if self._judged and self.ending is None:
            reasons = (why_failed(pump.name, pump.pictures, pump.fps, self._limits) for pump in self._pumps.values())
            if problem := next(filter(None, reasons), ""):
                self.ending = Ending("fault", problem)

    def close(self, status: str, summary: dict[str, Any], now_ns: int) -> dict[str, Any]:
        """Seal it, the pumps having stopped; what went into it. Raises OSError, but closes."""
        if self._paused_ns is not None:
            self._commit(now_ns)
        if self._paused_ns is None:
            self._books.store()
            self._commit(now_ns)
        if self._paused_ns is not None:
            self.ending = self.ending or Ending("truncated", _FULL)
            self._forgo()
        amiss = self._books.close(now_ns if self._paused_ns is None else self._paused_ns)
        summary = {**self.figures, **summary}
        if self.ending is not None:
            summary = {"problem": self.ending.problem, **summary}
            status = self.ending.status if status == "complete" else status
        told = {"cameras": self._books.cameras(), "rows_missed": self._books.missed_rows(), "books": amiss or "balance"}
        return self.recording.close(status, {**summary, **told})

    def status(self, now_ns: int) -> dict[str, Any]:
        """For the operator."""
        told, cameras = self.recording.status(), [(pump.name, pump.pictures) for pump in self._pumps.values()]
        low = told["low_space"] and self._paused_ns is None
        said = warnings(cameras, self._books.missed_rows(), told["durable_lag_ms"], low_space=low)
        said += [told["problem"]] if told["problem"] else []
        return {**told, "paused": self._paused_text(now_ns), "warnings": said, "cameras": self._books.cameras()}

    def _keep(self, stream: str, rows: NDArray[np.void]) -> None:
        if self._paused_ns is None:
            self.recording.rows(stream, rows)
        elif self._held_bytes + rows.nbytes <= _HELD_BYTES:
            self._held.append((stream, rows))
            self._held_bytes += rows.nbytes
        else:
            self._books.lose(stream, len(rows), DISK_FULL)

    def _commit(self, now_ns: int) -> None:
        try:
            self.recording.commit()
        except DiskFull:
            self._wait(now_ns)
        except OSError as error:
            self.ending = Ending("truncated", error.strerror or str(error))
        else:
            if self._paused_ns is not None:
                self._resume(now_ns)

    def _wait(self, now_ns: int) -> None:
        """The cameras run on, their frames are counted; until there is room or the patience ends."""
        self._retry_ns = now_ns + _RETRY_NS
        if self._paused_ns is None:
            self._paused_ns, self._room_bytes = now_ns, max(_LEAST_ROOM_BYTES, _ROOM_S * self.recording.bytes_s)
            self._pause(True)
            self.recording.event("recording", {"event": "paused", "reason": DISK_FULL})
        if self._left_s(now_ns) <= 0:
            self.ending = Ending("truncated", _FULL)

    def _resume(self, now_ns: int) -> None:
        assert self._paused_ns is not None
        self._pause(False)
        self._books.mark(self._paused_ns)
        self._store_held()
        self.recording.event("recording", {"event": "resumed", "after_s": (now_ns - self._paused_ns) * 1e-9})
        self._paused_ns = None

    def _pause(self, on: bool) -> None:
        for pump in self._pumps.values():
            pump.pictures.paused = on

    def _store_held(self) -> None:
        for stream, rows in self._held:
            self.recording.rows(stream, rows)
        self._held.clear()
        self._held_bytes = 0

    def _forgo(self) -> None:
        """There was no room in time. Of what waits, the first rows go into the journal's reserve."""
        room = _LAST_ROWS_BYTES
        for stream, rows in self._held:
            room -= rows.nbytes
            if room >= 0:
                self.recording.rows(stream, rows)
            else:
                self._books.lose(stream, len(rows), DISK_FULL)
        self._held.clear()
        self._books.forgo()

    def _left_s(self, now_ns: int) -> float:
        since_ns = now_ns if self._paused_ns is None else self._paused_ns
        return self._limits.disk_wait_s - (now_ns - since_ns) * 1e-9

    def _paused_text(self, now_ns: int) -> str:
        if self._paused_ns is None:
            return ""
        return (
            f"disk full; free {self._room_bytes / 1e6:.0f} MB within {max(self._left_s(now_ns), 0):.0f} s,"
            " or this take ends here (kept, truncated)"
        )


_FULL = "the disk was full and nobody freed space in time; free some before the next take"
