"""Lines to the trigger box and back: requests with their answers; all that it says unasked goes to `take`."""

from collections.abc import Callable

from hardware.interfaces import DeviceRefused, DeviceTimeout
from hardware.samples import monotonic_ns
from hardware.trigger import protocol
from hardware.trigger.port import RawPort
from hardware.trigger.protocol import REASONS, Done, Event, Hello, Refused, Reply

DEVICE = "trigger"
REMEDY = "check the trigger box's USB cable, then unplug it and plug it in again"
_ANSWER_NS = 500_000_000
_TRIES = 6


class Link:
    """An open port with a box behind it. Every call raises DeviceLost when the port is gone."""

    def __init__(self, path: str, take: Callable[[Event, int], None]) -> None:
        self._path, self._take = path, take
        self._parser = protocol.Parser()
        self._replies: list[Reply] = []
        self._port = RawPort(DEVICE, path)

    def greet(self) -> Hello:
        """End whatever ran before, and find out who is there. Raises DeviceTimeout, DeviceRefused."""
        match self._ask(b"\n" + protocol.stop() + protocol.hello(), lambda m: isinstance(m, Hello)):
            case Hello(version=protocol.VERSION) as hello:
                return hello
            case Hello(version=version):
                raise DeviceRefused(
                    DEVICE,
                    f"the box speaks protocol {version}, this program {protocol.VERSION};"
                    " flash the firmware that belongs to this version",
                )
            case _:
                raise DeviceTimeout(DEVICE, f"nothing on {self._path} answers as a trigger box; {REMEDY}")

    def command(self, verb: str, data: bytes) -> None:
        """Have it done. Raises DeviceRefused with the box's reason, DeviceTimeout."""
        match self._ask(data, lambda m: isinstance(m, Done | Refused) and m.verb == verb):
            case Refused(reason=reason):
                why = REASONS.get(reason, reason)
                raise DeviceRefused(
                    DEVICE, f"the box refused {verb} ({reason}): {why}; check the trigger section of the rig file"
                )
            case None:
                raise DeviceTimeout(DEVICE, f"the box does not answer {verb}; {REMEDY}")
            case _:
                return

    def send(self, data: bytes) -> int:
        """Send without waiting; returns the host time just before."""
        return self._port.write(data)

    def pump(self, timeout_s: float) -> None:
        """Take in what there is, waiting at most so long for it."""
        data, t_ns = self._port.read(timeout_s)
        for message, arrival_ns in self._parser.feed(data, t_ns):
            if isinstance(message, Reply):
                self._replies.append(message)
            else:
                self._take(message, arrival_ns)

    def close(self) -> None:
        """Close the port; harmless when closed."""
        self._port.close()

    def _ask(self, data: bytes, answers: Callable[[Reply], bool]) -> Reply | None:
        for _ in range(_TRIES):
            self._replies.clear()
            self._port.write(data)
            deadline_ns = monotonic_ns() + _ANSWER_NS
            while (left_ns := deadline_ns - monotonic_ns()) > 0:
                self.pump(left_ns * 1e-9)
                if found := next(filter(answers, self._replies), None):
                    return found
        return None
