"""The box: obeys the host's lines. Needs a board and a port, no hardware."""

import gc

from .outbox import Outbox
from .protocol import LineReader, number
from .run import DARK, Run
from .settings import CHANNELS, Settings, light_fits, period_cycles, settings
from .version import FIRMWARE, PROTOCOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .board import Board
    from .usb import UsbPort

_LF = 10
_TIDY_US = 200_000  # between collections of garbage


class Box:
    """Turn it for ever."""

    def __init__(self, board: "Board", port: "UsbPort") -> None:
        self._board, self._port = board, port
        self._reader = LineReader()
        self._out = Outbox(port)
        self._settings: Settings | None = None
        self._run: Run | None = None
        self._counted: Run | None = None  # the last one started
        self._light = DARK
        self._seq = [0] * CHANNELS
        self._tidied_us = 0

    def turn(self) -> None:
        """Take what came, tell what happened."""
        heard = self._listen()
        if self._run:
            self._run.watch()
        sent = self._out.send()
        now_us = self._board.clock.now_us()
        if self._run and self._run.report_is_due(now_us):
            self._report()
        if sent and not heard and now_us - self._tidied_us > _TIDY_US:
            self._tidied_us = now_us
            gc.collect()

    def _listen(self) -> bool:
        byte = self._port.read()
        if byte < 0:
            return False
        while byte >= 0:
            received_us = self._board.clock.now_us() if byte == _LF else 0
            fields = self._reader.feed(byte)
            if fields and not self._obey(fields, received_us):
                self._reader.errors += 1
            byte = self._port.read()
        return True

    def _obey(self, fields: "list[str]", received_us: int) -> bool:
        """Do what the line says; False: PROTOCOL.md knows no such line."""
        verb = fields[0]
        if verb == "CFG":
            return self._configure(fields)
        numbers = [n for n in map(number, fields[1:]) if n is not None]
        shape = (verb, len(fields) - 1)
        if len(numbers) < len(fields) - 1:
            return False
        if shape == ("P", 1) and numbers[0] < 1 << 32:
            self._out.say(f"R {numbers[0]} {received_us} {self._board.clock.now_us()}")
        elif shape == ("HELLO", 1):
            board = self._board
            self._out.say(f"HELLO {PROTOCOL} {board.model} {board.uid} {FIRMWARE} {board.clock_hz}")
        elif shape == ("START", 0):
            self._out.answer("START", self._start())
        elif shape == ("STOP", 0):
            self._stop()
            self._out.answer("STOP", None)
        elif shape == ("STAT", 0):
            self._report()
        elif shape == ("LED", 2):
            self._out.answer("LED", self._shine(numbers[0], numbers[1], 0))
        elif shape == ("SWEEP", 2):
            self._out.answer("SWEEP", self._shine(0, numbers[0], max(numbers[1], 1)))
        else:
            return False
        return True

    def _configure(self, fields: "list[str]") -> bool:
        numbers = [n for n in map(number, fields[2:]) if n is not None]
        if not 5 <= len(fields) <= 7 or len(numbers) < len(fields) - 2:
            return False
        wanted = "running" if self._run else settings(fields[1], numbers)
        if isinstance(wanted, str):
            self._out.answer("CFG", wanted)
            return True
        self._settings = wanted
        if wanted.drive:
            self._out.say(f"PERIOD {period_cycles(self._board.clock_hz, wanted.rate_mhz)}")
        self._out.answer("CFG", None)
        return True

    def _start(self) -> "str | None":
        if self._settings is None:
            return "config"
        self._reader.errors = 0
        if self._run:
            self._run.forget()
        else:
            self._run = self._counted = Run(self._board, self._settings, self._out, self._seq)
            self._run.shine(*self._light)
        return None

    def _stop(self) -> None:
        self._board.stop()
        self._run = None
        self._light = DARK

    def _shine(self, phase_us: int, width_us: int, span_us: int) -> "str | None":
        if not light_fits(max(phase_us, span_us), width_us):
            return "range"
        self._light = (phase_us, width_us, span_us)
        if self._run:
            self._run.shine(phase_us, width_us, span_us)
        return None

    def _report(self) -> None:
        run = self._counted
        losses = f"{run.edges} {run.dropped} {run.overflows}" if run else "0 0 0"
        self._out.say(f"STAT {losses} {self._reader.errors}")
