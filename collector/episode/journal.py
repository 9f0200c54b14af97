"""The append-only file an episode is recorded into. HDF5 is built from it afterwards (finalise.py).

Two acknowledgements: *committed* (the write returned; survives any kill of the process) and *durable*
(fdatasync returned; survives a power cut). One thread calls everything but the sync, which has its own.
"""

import ctypes
import errno
import fcntl
import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from collector.episode.meta import EpisodeMeta
from collector.episode.record import NO_STREAM, Kind, header
from hardware.samples import monotonic_ns

LOOK_AHEAD = 16 << 20  # bytes reserved beyond the end: a full disk shows about 1 s early at 17 MB/s
SYNC_EVERY_S = 0.2
_IOV_MAX = 1024  # buffers one pwritev takes (limits.h)
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE (linux/falloc.h)


class Journal:
    """An open journal; `create` makes one. `low_space` turns True when the look-ahead no longer fits."""

    def __init__(self, path: Path, descriptor: int, meta: dict[str, object]) -> None:
        self.path = path
        self.low_space = False
        self._fd = descriptor
        declared = EpisodeMeta.model_validate(meta).streams
        self._streams = {name: (i, declared[name].row) for i, name in enumerate(declared)}
        self._buffers: list[bytes] = []
        self._number = 0
        self._counts: Counter[str] = Counter()
        self._end = 0
        self._reserved = 0
        self._reserve()
        # Twice: one flipped bit in the record that explains all others must not cost the episode.
        for _ in range(2):
            self._put(Kind.META, NO_STREAM, 0, (json.dumps(meta).encode(),))
        self._lock = Lock()
        self._waiting_since = self._syncing_since = 0
        self._sync_error: OSError | None = None
        self._stop = Event()
        self.commit()
        os.fsync(descriptor)
        self._thread = Thread(target=self._sync_loop, name="journal-sync", daemon=True)
        self._thread.start()

    @staticmethod
    def create(path: Path, meta: dict[str, object], *, need_bytes: int = LOOK_AHEAD) -> "Journal":
        """Start a journal at `path`; its metadata are durable on return.

        `need_bytes`: free space below which recording is refused. Raises FileExistsError, and OSError
        (ENOSPC) when there is no room.
        """
        free = shutil.disk_usage(path.parent).free
        if free < need_bytes:
            raise OSError(
                errno.ENOSPC,
                f"no room to record: {free / 1e9:.2f} GB free, {need_bytes / 1e9:.2f} GB needed;"
                " free some space or record to another disk",
                str(path),
            )
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # finalise() must not take it for a left-over
            journal = Journal(path, descriptor, meta)
        except BaseException:
            os.close(descriptor)
            path.unlink()
            raise
        sync_folder(path.parent)
        return journal

    def append_rows(self, stream: str, rows: NDArray[np.void]) -> None:
        """Buffer rows of the stream's declared dtype."""
        if not len(rows):
            return
        number, dtype = self._streams[stream]
        if rows.dtype != dtype:
            raise TypeError(f"{stream}: rows are {rows.dtype}, declared {dtype}")
        self._put(Kind.ROWS, number, _ticks(rows), (rows.tobytes(),))
        self._counts[stream] += len(rows)

    def append_frame(self, stream: str, row: NDArray[np.void], jpeg: bytes) -> None:
        """Buffer one frame: a FRAME row (a scalar or an array of one) and its JPEG."""
        number, dtype = self._streams[stream]
        row = np.atleast_1d(row)
        if row.dtype != dtype or row.shape != (1,):
            raise TypeError(f"{stream}: row is {row.shape} {row.dtype}, declared (1,) {dtype}")
        self._put(Kind.FRAME, number, _ticks(row), (row.tobytes(), jpeg))
        self._counts[stream] += 1

    def append_gap(self, stream: str, t_ns: int, count: int, reason: str) -> None:
        """Buffer the note that `count` samples of a stream were lost at `t_ns`."""
        body = {"t_ns": t_ns, "count": count, "reason": reason}
        self._put(Kind.GAP, self._streams[stream][0], 0, (json.dumps(body).encode(),))

    def append_event(self, t_ns: int, kind: str, data: dict[str, object]) -> None:
        """Buffer something that happened: a label, a mark, a change of state, a fault."""
        body = {"t_ns": t_ns, "kind": kind, "data": data}
        self._put(Kind.EVENT, NO_STREAM, 0, (json.dumps(body).encode(),))

    def commit(self) -> None:
        """Write what is buffered. Raises OSError (full disk; failed sync, final for this file).

        On an error nothing committed is lost and the buffers are kept, so a later commit may succeed.
        """
        if self._sync_error is not None:
            raise OSError(
                self._sync_error.errno,
                f"syncing the journal failed ({self._sync_error.strerror}); end this episode, check the disk",
                str(self.path),
            )
        if not self._buffers:
            return
        size = sum(map(len, self._buffers))
        if self._end + size + LOOK_AHEAD // 2 > self._reserved:
            self._reserve()
        written = 0
        try:
            for first in range(0, len(self._buffers), _IOV_MAX):
                written += self._write(self._buffers[first : first + _IOV_MAX], self._end + written)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self._end)  # half a record helps nobody
            raise
        self._buffers.clear()
        self._end += written
        with self._lock:
            self._waiting_since = self._waiting_since or monotonic_ns()

    @property
    def durable_lag_ns(self) -> int:
        """Age of the oldest committed byte that is not yet durable, ns; 0 when all are."""
        with self._lock:
            since = self._syncing_since or self._waiting_since
        return monotonic_ns() - since if since else 0

    @property
    def committed_bytes(self) -> int:
        """Bytes that a kill can no longer take."""
        return self._end

    def close(self, status: str, summary: dict[str, object]) -> None:
        """Commit the rest and the end record, make all durable, close. Raises OSError, but closes."""
        body = {"status": status, "summary": summary, "counts": dict(self._counts)}
        self._put(Kind.END, NO_STREAM, 0, (json.dumps(body).encode(),))
        try:
            self.commit()
            os.ftruncate(self._fd, self._end)  # gives the look-ahead back
            os.fsync(self._fd)
        finally:
            self._stop.set()
            self._thread.join()
            os.close(self._fd)

    def _put(self, kind: Kind, stream: int, ticks: int, payload: tuple[bytes, ...]) -> None:
        self._buffers.append(header(kind, stream, self._number, ticks, monotonic_ns(), payload))
        self._buffers.extend(payload)
        self._number += 1

    def _write(self, buffers: list[bytes], at: int) -> int:
        """Write all of the buffers at an offset; a short write is continued."""
        size = sum(map(len, buffers))
        done = os.pwritev(self._fd, buffers, at)
        if done < size:
            rest = memoryview(b"".join(buffers))
            while done < size:
                done += os.pwrite(self._fd, rest[done:], at + done)
        return size

    def _reserve(self) -> None:
        """Reserve LOOK_AHEAD beyond the end; where the file system cannot, do without."""
        code = _fallocate(self._fd, self._end, LOOK_AHEAD)
        self.low_space = code == errno.ENOSPC
        self._reserved = self._end + LOOK_AHEAD

    def _sync_loop(self) -> None:
        while not self._stop.wait(SYNC_EVERY_S):
            with self._lock:
                self._syncing_since, self._waiting_since = self._waiting_since, 0
            if not self._syncing_since:
                continue
            try:
                os.fdatasync(self._fd)
            except OSError as error:
                # The kernel may have dropped the dirty pages: no later sync can vouch for them.
                self._sync_error = error
                return
            with self._lock:
                self._syncing_since = 0


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ticks(rows: NDArray[np.void]) -> int:
    return int(rows["ticks"][0]) if "ticks" in (rows.dtype.names or ()) else 0


_libc = ctypes.CDLL(None, use_errno=True)


def _fallocate(descriptor: int, offset: int, size: int) -> int:
    """fallocate(2) with KEEP_SIZE, which os.posix_fallocate lacks. Returns errno, 0 on success."""
    result: int = _libc.fallocate64(descriptor, _KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(size))
    return ctypes.get_errno() if result else 0
