"""Lines on their way to the host, in the order in which they were made. Needs no hardware."""

from .protocol import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .usb import UsbPort

_KEPT_LINES = 64


class Outbox:
    """Keeps what the host does not read yet: every answer, and edges as long as there is room."""

    def __init__(self, port: "UsbPort") -> None:
        self._port = port
        self._lines: list[bytes] = []

    def say(self, body: str) -> None:
        """One more line."""
        self._lines.append(line(body))

    def answer(self, verb: str, problem: "str | None") -> None:
        """Done, or the word for what is wrong."""
        self.say(f"ERR {verb} {problem}" if problem else f"OK {verb}")

    def has_room(self) -> bool:
        """Whether edges may still come in."""
        return len(self._lines) < _KEPT_LINES

    def send(self) -> bool:
        """As much as the port takes; True: nothing is left."""
        while self._lines:
            data = self._lines[0]
            taken = self._port.write(data)
            if taken < len(data):
                self._lines[0] = data[taken:]
                return False
            self._lines.pop(0)
        return True
