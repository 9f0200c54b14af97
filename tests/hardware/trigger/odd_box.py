"""A far end with set answers, for what a good box never does."""

import os
import pty
import tempfile
import threading
import tty
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from hardware.config import SerialBoxConfig
from hardware.virtual.box_wire import crc16


def line(body: str) -> bytes:
    return f"{body}*{crc16(body.encode()):04X}\n".encode()


OPENING = {
    "HELLO": line("HELLO 1 odd uid 1.0.0 125000000"),
    "CFG": line("OK CFG"),
    "START": line("OK START"),
}


@contextmanager
def odd_box(answers: dict[str, bytes]) -> Generator[tuple[SerialBoxConfig, Callable[[bytes], None]], None, None]:
    """A far end with set answers; what it is given to say goes out as it is, b"" unplugs it.

    Its port is a name of its own, as by-id names are: the number of a pty that was closed soon belongs to another.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "box"
    path.symlink_to(os.ttyname(slave))
    open_ends = [slave, master]

    def unplug() -> None:
        path.unlink()
        os.write(slave, b"\x04")
        thread.join()
        while open_ends:
            os.close(open_ends.pop())

    def say(data: bytes) -> None:
        if data:
            os.write(master, data)
        else:
            unplug()

    def answer() -> None:
        while b"\x04" not in (data := os.read(master, 4096)):
            for request in data.split(b"\n"):
                verb = request.split(b"*")[0].split(b" ")[0].decode()
                os.write(master, answers.get(verb, b""))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield SerialBoxConfig(port=str(path)), say
    finally:
        if open_ends:
            unplug()
        folder.cleanup()
