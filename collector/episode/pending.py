"""The journal's records in memory: those not yet written, and those written but not yet durable. No copies."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from collector.episode.record import HEADER_BYTES, Head, Kind, header, unpack
from hardware.samples import monotonic_ns

HELD_BYTES = 128 << 20
"""Not durable, yet still in memory: 7.5 s of three cameras at 17 MB/s (their measured rate)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records committed together: their buffers, and how many bytes of the episode end with them."""

    buffers: list[bytes]
    size: int
    end: int
    t_ns: int


class Pending:
    """Records in order, each a header and the parts of its payload."""

    def __init__(self, tag: int) -> None:
        self._tag = tag
        self._number = 0
        self.buffers: list[bytes] = []
        self.size = 0

    def put(self, kind: Kind, stream: int, ticks: int, payload: tuple[bytes, ...], host_ns: int | None = None) -> None:
        """Add a record; its number is the next one."""
        host_ns = monotonic_ns() if host_ns is None else host_ns
        head = header(kind, stream, self._number, ticks, host_ns, payload, self._tag)
        self.buffers.append(head)
        self.buffers.extend(payload)
        self.size += HEADER_BYTES + sum(map(len, payload))
        self._number += 1

    def group(self, before: int) -> Group:
        """All of them, as what follows `before` bytes of the episode."""
        return Group(self.buffers, self.size, before + self.size, monotonic_ns())

    def clear(self) -> None:
        """They are written: others hold them now."""
        self.buffers, self.size = [], 0

    def drop(self, kind: Kind) -> list[tuple[Head, bytes]]:
        """Take out the records of a kind: their heads and first payload parts. The others close the ranks."""
        held, dropped = list(self._records()), list[tuple[Head, bytes]]()
        self.clear()
        if held:
            self._number = held[0][0].number
        for head, payload in held:
            if head.kind is kind:
                dropped.append((head, payload[0]))
            else:
                self.put(head.kind, head.stream, head.ticks, payload, head.host_ns)
        return dropped

    def _records(self) -> Iterator[tuple[Head, tuple[bytes, ...]]]:
        at = 0
        while at < len(self.buffers):
            head = unpack(self.buffers[at])
            first, size = at + 1, 0
            at += 1
            while size < head.size:
                size += len(self.buffers[at])
                at += 1
            yield head, tuple(self.buffers[first:at])


class Unsynced:
    """Groups committed and not yet durable, oldest first; beyond `limit` bytes the oldest are let go.

    What was let go cannot be written again after a failed sync. `durable`: bytes of the episode that are so from the
    start. The caller holds a lock.
    """

    def __init__(self, durable: int, limit: int = HELD_BYTES) -> None:
        self._limit = limit
        self._groups: deque[Group] = deque()
        self._let_go: deque[Group] = deque()  # without their buffers
        self._held = 0
        self._durable = durable
        self._ceiling: int | None = None

    def add(self, group: Group) -> None:
        """Hold a group that was just committed."""
        self._groups.append(group)
        self._held += group.size
        while self._held > self._limit:
            oldest = self._groups.popleft()
            self._held -= oldest.size
            self._let_go.append(Group([], oldest.size, oldest.end, oldest.t_ns))

    def durable(self, upto: int) -> None:
        """All up to this byte of the episode is durable."""
        self._durable = max(self._durable, upto)
        while self._let_go and self._let_go[0].end <= upto:
            self._let_go.popleft()
        while self._groups and self._groups[0].end <= upto:
            self._held -= self._groups.popleft().size

    def take(self) -> tuple[list[Group], int]:
        """Hand out all groups, to be written again, and the bytes that cannot be."""
        groups, gone = list(self._groups), sum(group.size for group in self._let_go)
        if self._let_go:
            self.give_up(self._let_go[0])
        self._groups.clear()
        self._let_go.clear()
        self._held = 0
        return groups, gone

    def give_up(self, group: Group) -> None:
        """This group will not be durable, whatever becomes of those after it."""
        if self._ceiling is None:
            self._ceiling = group.end - group.size

    @property
    def durable_bytes(self) -> int:
        """Of the episode, from its first byte on without a hole."""
        return self._durable if self._ceiling is None else min(self._durable, self._ceiling)

    @property
    def end(self) -> int:
        """Bytes of the episode up to the newest group."""
        return self._groups[-1].end if self._groups else self._durable

    @property
    def oldest_ns(self) -> int | None:
        """When the oldest was committed; None when all is durable."""
        oldest = next(iter(self._let_go or self._groups), None)
        return None if oldest is None else oldest.t_ns
