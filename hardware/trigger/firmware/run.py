"""What goes on between START and STOP: edges, flashes and counters, told to the host."""

from random import randrange

from .flashes import Flashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .board import Board
    from .outbox import Outbox
    from .settings import Settings

STATUS_US = 1_000_000
DARK = (0, 0, 0)
"""No light: phase, width and span in us, as `shine` takes them."""


class Run:
    """Captures from its making until `stop`. `seq`: each channel's count since power-up, which it carries on."""

    def __init__(self, board: "Board", settings: "Settings", out: "Outbox", seq: "list[int]") -> None:
        self._board, self._settings, self._out, self._seq = board, settings, out, seq
        self._flashes: Flashes | None = None
        self.edges = self.dropped = self.overflows = 0
        self._lines, self._lamp = board.start(settings)
        self._status_us = board.clock.now_us() + STATUS_US

    def forget(self) -> None:
        """Count losses anew."""
        self.edges = self.dropped = self.overflows = 0

    def shine(self, phase_us: int, width_us: int, span_us: int) -> None:
        """Flash after each edge; `span_us` above 0: at a random phase below that. Width 0: no more."""
        self._board.darken()
        while self._lamp.next():
            pass  # what the LED did before
        draw = (lambda: randrange(span_us)) if span_us else (lambda: phase_us)
        self._flashes = Flashes(width_us, draw, self._board.feed) if width_us else None

    def watch(self) -> None:
        """Tell what was captured."""
        lit = self._lamp.next()  # before the lines: so the edge that set it off is known when it is told
        for n, channel in self._lines.items():
            edge = channel.next()
            while edge:
                self._tell_edge(n, edge[0], edge[1])
                edge = channel.next()
            if channel.overflowed():
                self.overflows += 1
                self._seq[n] += 1  # at least one edge is missing
        if lit and self._flashes:
            flash = self._flashes.lamp(lit[0], lit[1])
            if flash:
                self._out.say(f"F {flash[0]} {flash[1]} 0 {flash[2]}")

    def report_is_due(self, now_us: int) -> bool:
        """Whether another second has passed."""
        if now_us < self._status_us:
            return False
        self._status_us += STATUS_US
        return True

    def _tell_edge(self, channel: int, level: int, t_us: int) -> None:
        settings = self._settings
        if level:
            self.edges += 1
            self._seq[channel] += 1
        elif not settings.falling:
            return
        seq = self._seq[channel] - 1
        if self._flashes and level and channel == settings.channel:
            self._flashes.edge(seq, t_us)
        if self._out.has_room():
            self._out.say(f"E {seq} {channel} {level} {t_us} 0")
        else:
            self.dropped += 1
