"""The LED's flashes: what to feed, and the edge that set each off. Needs no hardware."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_REMEMBERED = 256  # edges: more than the fastest line makes in the longest phase
_APART_US = 4


class Flashes:
    """Phases one ahead of the edges; and each flash that was seen, with the edge that it belongs to."""

    def __init__(self, width_us: int, next_phase: "Callable[[], int]", feed: "Callable[[int, int], None]") -> None:
        self._width_us, self._next_phase, self._feed = width_us, next_phase, feed
        self._edges: list[tuple[int, int]] = []
        self._on: tuple[int, int] | None = None
        self._phase_us = 0
        self._refill()

    def edge(self, seq: int, t_us: int) -> None:
        """The sync line rose."""
        self._edges.append((seq, t_us))
        if len(self._edges) > _REMEMBERED:
            self._edges.pop(0)

    def lamp(self, level: int, t_us: int) -> "tuple[int, int, int] | None":
        """The LED went on or off; a whole flash is told as seq, time on (us) and width (us).

        A flash whose edge is not known (it was lost) is not told.
        """
        if level:
            seq = self._set_off_by(t_us - self._phase_us)
            self._on = None if seq is None else (seq, t_us)
            self._refill()
            return None
        flash, self._on = self._on, None
        return (flash[0], flash[1], t_us - flash[1]) if flash else None

    def _set_off_by(self, t_us: int) -> "int | None":
        while self._edges:
            seq, edge_us = self._edges.pop(0)
            if abs(edge_us - t_us) <= _APART_US:
                return seq
        return None

    def _refill(self) -> None:
        self._phase_us = self._next_phase()
        self._feed(self._phase_us, self._width_us)
