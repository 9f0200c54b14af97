"""Pictures that are shown beside the recorded frames: a ring for them, and frames that are offered to what fills it."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.links import Ring, RingReader, RingWriter, create_rings
from hardware.samples import Frame, Stamp, TimeSource
from tests.collector.watch_streams import rig

SECOND = 1_000_000_000


class Offered(Protocol):
    """Takes the frames that it wants to show."""

    def offer(self, frame: Frame, now_ns: int) -> None: ...


@contextmanager
def beside(row: np.dtype[Any]) -> Generator[tuple[RingWriter, RingReader]]:
    """Both ends of a ring of such rows."""
    ring = Ring(row, 100)
    writer, reader = RingWriter(ring.address), RingReader(ring.address)
    try:
        yield writer, reader
    finally:
        for end in (reader, writer, ring):
            end.close()


def offer(to: Offered, times_ns: Iterable[int], picture: NDArray[np.uint8]) -> None:
    """Frames of that picture, taken at these times and there at once."""
    for seq, t_ns in enumerate(times_ns):
        to.offer(Frame("front", Stamp(t_ns, 0, 0, t_ns, seq, TimeSource.MID_EXPOSURE), picture, 4000, None), t_ns)


@contextmanager
def rings_of_rig() -> Generator[Mapping[str, Ring]]:
    """All rings of a rig with three cameras."""
    rings = create_rings(rig())
    try:
        yield rings
    finally:
        for ring in rings.values():
            ring.close()
