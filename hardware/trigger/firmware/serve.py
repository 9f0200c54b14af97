"""The box for ever. Ctrl-C leads to MicroPython's prompt, where mpremote can work."""
# pyright: reportMissingModuleSource=false

import time

from machine import reset

from .board import Board
from .box import Box
from .usb import UsbPort

ERROR_FILE = "error.txt"
"""Where the chip keeps what went wrong last."""


def serve() -> None:
    """Serve the host. A fault of the firmware restarts the chip, which the host sees by its clock."""
    board = Board()
    try:
        box = Box(board, UsbPort())
        while True:
            box.turn()
    except KeyboardInterrupt:
        board.stop()
    except Exception as error:
        board.stop()
        with open(ERROR_FILE, "w") as file:
            file.write(f"{type(error).__name__}: {error}\n")
        time.sleep(1)  # so that Ctrl-C comes through even if this happens again and again
        reset()
