"""The append-only file an episode is recorded into. HDF5 is built from it afterwards (finalise.py).

Two acknowledgements: *committed* (the write returned; survives any kill of the process) and *durable*
(fdatasync returned; survives a power cut). One thread calls everything but the sync, which has its own.
After a failed sync the kernel may have dropped what it held, so the file is left as it is and the journal goes
on in another (segments.py), which begins with all that was not durable.
"""

import errno
import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.episode.append_file import LOOK_AHEAD, RESERVE
from collector.episode.disk import Disk, DiskFull, SystemDisk
from collector.episode.meta import EpisodeMeta
from collector.episode.pending import Pending
from collector.episode.record import NO_STREAM, Kind, tag_of
from collector.episode.segment_writer import SegmentWriter
from collector.episode.segments import segments
from hardware.samples import monotonic_ns

_LAST_WORDS = 1 << 20  # of the reserve, what is left for gaps and the end record
_SYSTEM = SystemDisk()


class Journal:
    """An open journal; `create` makes one."""

    def __init__(self, path: Path, declared: EpisodeMeta, pending: Pending, writer: SegmentWriter) -> None:
        self.path = path
        self._streams = {name: (i, stream.row) for i, (name, stream) in enumerate(declared.streams.items())}
        self._pending = pending
        self._writer = writer
        self._counts: Counter[str] = Counter()

    @staticmethod
    def create(path: Path, meta: dict[str, object], *, need_bytes: int = LOOK_AHEAD, disk: Disk = _SYSTEM) -> "Journal":
        """Start a journal at `path`; its metadata are durable on return.

        `need_bytes`: free space below which recording is refused. Raises FileExistsError, DiskFull (ENOSPC) and
        OSError; nothing remains then.
        """
        if left := segments(path):
            raise FileExistsError(errno.EEXIST, "an earlier recording has this name; run clap salvage", str(left[0]))
        free = disk.free_bytes(path.parent)
        if free < need_bytes:
            raise OSError(
                errno.ENOSPC,
                f"no room to record: {free / 1e9:.2f} GB free, {need_bytes / 1e9:.2f} GB needed;"
                " free some space or record to another disk",
                str(path),
            )
        declared = EpisodeMeta.model_validate(meta)
        pending = Pending(tag_of(declared.episode_uuid))
        # Twice: one flipped bit in the record that explains all others must not cost the episode.
        for _ in range(2):
            pending.put(Kind.META, NO_STREAM, 0, (json.dumps(meta).encode(),))
        head = pending.group(0)
        pending.clear()
        return Journal(path, declared, pending, SegmentWriter(path, head, disk))

    def append_rows(self, stream: str, rows: NDArray[np.void]) -> None:
        """Buffer rows of the stream's declared dtype."""
        if not len(rows):
            return
        number, dtype = self._streams[stream]
        if rows.dtype != dtype:
            raise TypeError(f"{stream}: rows are {rows.dtype}, declared {dtype}")
        self._pending.put(Kind.ROWS, number, _ticks(rows), (rows.tobytes(),))
        self._counts[stream] += len(rows)

    def append_frame(self, stream: str, row: NDArray[np.void], jpeg: bytes) -> None:
        """Buffer one frame: a FRAME row (a scalar or an array of one) and its JPEG."""
        number, dtype = self._streams[stream]
        row = np.atleast_1d(row)
        if row.dtype != dtype or row.shape != (1,):
            raise TypeError(f"{stream}: row is {row.shape} {row.dtype}, declared (1,) {dtype}")
        self._pending.put(Kind.FRAME, number, _ticks(row), (row.tobytes(), jpeg))
        self._counts[stream] += 1

    def append_gap(self, stream: str, t_ns: int, count: int, reason: str) -> None:
        """Buffer the note that `count` samples of a stream were lost at `t_ns`."""
        body = {"t_ns": t_ns, "count": count, "reason": reason}
        self._pending.put(Kind.GAP, self._streams[stream][0], 0, (json.dumps(body).encode(),))

    def append_event(self, t_ns: int, kind: str, data: dict[str, object]) -> None:
        """Buffer something that happened: a label, a mark, a change of state, a fault."""
        body = {"t_ns": t_ns, "kind": kind, "data": data}
        self._pending.put(Kind.EVENT, NO_STREAM, 0, (json.dumps(body).encode(),))

    def commit(self) -> None:
        """Write what is buffered; after a failed sync or write, into a new segment.

        Raises DiskFull (nothing is lost: commit again when there is room) and OSError (no segment can be written or
        synced any more: end the episode). The buffers are kept in both, and so is all that was committed.
        """
        while True:
            try:
                return self._writer.write(self._pending, RESERVE)
            except DiskFull:
                raise
            except OSError as error:
                self._go_on_elsewhere(error)

    def close(self, status: str, summary: dict[str, object]) -> dict[str, int]:
        """Commit the rest and the end record; syncing and closing follow in a thread (`wait`).

        On a full disk what does not fit into the reserve is left out: frames first, then rows. Each stream gets a
        gap that says so; the samples left out by stream are returned. Raises OSError when not even the end record
        could be written; it closes all the same.
        """
        try:
            left_out = self._commit_what_fits()
            body = {"status": status, "summary": summary, "counts": dict(self._counts)}
            self._pending.put(Kind.END, NO_STREAM, 0, (json.dumps(body).encode(),))
            self._writer.write(self._pending, 0, suspect=True)
        finally:
            self._writer.end()
        return left_out

    def wait(self, timeout_s: float | None = None) -> bool:
        """After `close`: wait for the sync. Is everything that was committed durable?"""
        return self._writer.wait(timeout_s)

    @property
    def problem(self) -> str:
        """What the disk did to it, for the operator; empty when nothing."""
        return self._writer.problem

    @property
    def low_space(self) -> bool:
        """The disk is nearly full: the look-ahead no longer fits."""
        return self._writer.low_space

    @property
    def segments(self) -> int:
        """Files so far: 1, and one more after each failure of the disk."""
        return self._writer.count

    @property
    def buffered_bytes(self) -> int:
        """In memory, still to be written."""
        return self._pending.size + self._writer.waiting

    @property
    def committed_bytes(self) -> int:
        """Bytes of the episode's records that a kill can no longer take."""
        return self._writer.committed

    @property
    def durable_bytes(self) -> int:
        """Of these, the first ones that a power cut can no longer take."""
        return self._writer.durable

    @property
    def durable_lag_ns(self) -> int:
        """Age of the oldest committed byte that is not yet durable, ns; 0 when all are."""
        since = self._writer.oldest_ns
        return 0 if since is None else monotonic_ns() - since

    def _go_on_elsewhere(self, error: OSError) -> None:
        number = self._writer.go_on_elsewhere(error)
        self.append_event(monotonic_ns(), "journal", {"problem": self.problem, "segment": number})

    def _commit_what_fits(self) -> dict[str, int]:
        try:
            self.commit()
        except DiskFull as error:
            if error.is_file_full:
                with suppress(OSError):
                    self._go_on_elsewhere(error)
            return self._leave_out()
        except OSError:  # the newest segment failed, but an end there is better than none
            self._writer.forget_again()
        return {}

    def _leave_out(self) -> dict[str, int]:
        """Make what waits fit into the reserve. Samples left out, by stream."""
        left_out: Counter[str] = Counter()
        since_ns: dict[str, int] = {}
        names = list(self._streams)
        for kind in (None, Kind.FRAME, Kind.ROWS):
            for head, rows in self._pending.drop(kind) if kind else []:
                name = names[head.stream]
                left_out[name] += len(rows) // self._streams[name][1].itemsize
                since_ns.setdefault(name, head.host_ns)
            try:
                self._writer.write(self._pending, _LAST_WORDS, suspect=True)
                break
            except DiskFull:
                continue
        else:
            self._writer.forget_again()
        for name, count in left_out.items():
            self._counts[name] -= count
            self.append_gap(name, since_ns[name], count, "disk full")
        return dict(left_out)


def _ticks(rows: NDArray[np.void]) -> int:
    return int(rows["ticks"][0]) if "ticks" in (rows.dtype.names or ()) else 0
