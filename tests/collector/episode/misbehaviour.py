"""What reading a file can do to a process; imports little, for every child imports it again."""

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path


class Refused(Exception):
    """An error whose text is a sentence."""


def behave(path: Path) -> str | int | Callable[[], None]:
    """What the path's name says."""
    match path.name:
        case "waits in C":
            ctypes.CDLL(None).pause()
        case "loops":
            while True:
                pass
        case "stops itself":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "segfaults":
            ctypes.string_at(0)
        case "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exits":
            os._exit(0)
        case "raises":
            raise KeyError("x")
        case "says why":
            raise Refused("this is no episode")
        case "eats memory":
            return len(bytearray(2 << 30))
        case "nests too deeply":
            return behave(path)
        case "answers what cannot be sent":
            return lambda: None
        case "prints":
            os.write(1, b"noise")
            os.write(2, b"noise")
        case "who":
            return os.getpid()
        case _:
            pass
    return f"read {path.name}"
