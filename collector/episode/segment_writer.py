"""Groups of records into the segments of a journal, made durable by a thread. One other thread calls the rest."""

import errno
from collections import deque
from pathlib import Path
from threading import Event, Lock, Thread

from collector.episode.append_file import AppendFile
from collector.episode.disk import Disk, DiskFull
from collector.episode.pending import Group, Pending, Unsynced
from collector.episode.segments import segment

SYNC_EVERY_S = 0.2
MAX_SEGMENTS = 5  # a disk that failed so often does not get better


class SegmentWriter:
    """The files of a journal. `problem`: what the disk did, for the operator; empty when nothing.

    `head`: what each segment begins with; durable on return. Raises FileExistsError, DiskFull, OSError.
    """

    def __init__(self, path: Path, head: Group, disk: Disk) -> None:
        self.problem = ""
        self.committed = head.size
        self._path, self._head, self._disk = path, head.buffers, disk
        self._again: deque[Group] = deque()  # committed before, but the file they are in failed
        self._unsynced = Unsynced(durable=head.size)
        self._files = [AppendFile.create(path, head.buffers, disk)]
        self._sync_error: OSError | None = None
        self._lock = Lock()  # over _files, _again, _unsynced, _sync_error
        self._ended = Event()
        try:
            self._files[0].sync()
        except BaseException:
            self._files[0].discard()
            raise
        self._syncing = Thread(target=self._keep_syncing, name="journal-sync", daemon=True)
        # No daemon: a process that ends after `end` waits until what it recorded is durable.
        self._closing = Thread(target=self._close, name="journal-close")
        self._syncing.start()

    def write(self, pending: Pending, keep: int, *, suspect: bool = False) -> None:
        """All that waits into the newest segment, leaving `keep` bytes of room; what is written is no longer pending.

        Raises DiskFull, or OSError when the segment failed: then `go_on_elsewhere`, and write again. With `suspect`
        a failed sync is no reason not to write.
        """
        if self._sync_error is not None and not suspect:
            raise self._sync_error
        self._write_again(keep)
        if pending.size:
            group = pending.group(self.committed)
            self._files[-1].write(group.buffers, keep)
            pending.clear()
            self.committed = group.end
            with self._lock:
                self._unsynced.add(group)

    def go_on_elsewhere(self, error: OSError) -> int:
        """Open a new segment, to begin with what is not durable; its number.

        Raises DiskFull and, when there can be none, OSError; then all stays as it was.
        """
        number = len(self._files)
        if number >= MAX_SEGMENTS:
            told = f"the disk failed {number} times ({_why(error)}); end this episode and check the disk"
            raise OSError(error.errno, told, str(self._path))
        try:
            file = AppendFile.create(segment(self._path, number), self._head, self._disk)
        except DiskFull:
            raise
        except OSError as second:
            told = f"the disk failed ({_why(error)}; then {_why(second)}); end this episode and check the disk"
            raise OSError(second.errno, told, str(self._path)) from second
        with self._lock:
            again, gone = self._unsynced.take()
            self._again.extendleft(reversed(again))
            self._files.append(file)  # the old ones stay open: a sync may still be in one
            self._sync_error = None
        self.problem = f"the disk failed ({_why(error)}); recording goes on in {file.path.name}, check the disk"
        if gone:
            self.problem += f"; {gone / 1e6:.0f} MB before that may not survive a power cut"
        return number

    def forget_again(self) -> None:
        """Leave what was to be written again where it is: in a segment that failed."""
        if self._again:
            size = sum(group.size for group in self._again)
            self.problem += f"; {size / 1e6:.0f} MB could not be written again"
            with self._lock:
                self._unsynced.give_up(self._again[0])
                self._again.clear()

    def end(self) -> None:
        """No more is written. Syncing and closing follow in a thread; a finaliser may wait for that."""
        self._files[-1].trim()
        for file in self._files:
            file.share()
        self._ended.set()
        self._closing.start()

    def wait(self, timeout_s: float | None) -> bool:
        """After `end`: wait for the thread. Is everything that was committed durable?"""
        self._closing.join(timeout_s)
        return not self._closing.is_alive() and self.durable == self.committed

    @property
    def low_space(self) -> bool:
        """The look-ahead no longer fits."""
        return self._files[-1].low_space

    @property
    def count(self) -> int:
        """Segments so far."""
        return len(self._files)

    @property
    def waiting(self) -> int:
        """Bytes to be written again."""
        return sum(group.size for group in self._again)

    @property
    def durable(self) -> int:
        """Bytes of the episode, from its first on, that a power cut cannot take."""
        with self._lock:
            return self._unsynced.durable_bytes

    @property
    def oldest_ns(self) -> int | None:
        """When the oldest of what is not durable was committed; None when all is."""
        with self._lock:
            return self._again[0].t_ns if self._again else self._unsynced.oldest_ns

    def _write_again(self, keep: int) -> None:
        while self._again:
            self._files[-1].write(self._again[0].buffers, keep)
            with self._lock:
                self._unsynced.add(self._again.popleft())

    def _keep_syncing(self) -> None:
        while not self._ended.wait(SYNC_EVERY_S):
            if self._sync_error is None and self._unsynced.oldest_ns is not None:
                self._sync()

    def _close(self) -> None:
        self._syncing.join()
        try:
            self._sync_the_rest()
        except OSError as error:
            self.problem = f"a power cut would take some of it: {_why(error)}"
        finally:
            for file in self._files:
                file.close()

    def _sync_the_rest(self) -> None:
        """Nobody else writes any more. What cannot be synced is written once more, elsewhere. Raises OSError."""
        while self._unsynced.oldest_ns is not None:
            if self._sync_error is None:
                self._sync()
            if self._sync_error is not None:
                self.go_on_elsewhere(self._sync_error)
                self._write_again(0)
                self._files[-1].trim()
                self._files[-1].share()

    def _sync(self) -> None:
        with self._lock:
            file, upto = self._files[-1], self._unsynced.end
        error: OSError | None = None
        try:
            file.sync()
        except OSError as failure:
            error = failure
        except Exception as failure:  # the thread must not die: nothing would be durable any more
            error = OSError(errno.EIO, f"syncing failed: {failure!r}")
        with self._lock:
            if file is not self._files[-1]:
                return  # the journal has gone on elsewhere meanwhile, and writes all of it again
            self._sync_error = error
            if error is None:
                self._unsynced.durable(upto)


def _why(error: OSError) -> str:
    return error.strerror or str(error)
