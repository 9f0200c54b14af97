"""Which kind of pictures the terminal can show: asked once, before the console starts, and only where it is safe.

Half blocks are shown everywhere. Sixels are what primary device attributes (DA1) tell of as attribute 4 (DEC STD 070);
kitty's graphics need its unicode placeholders, so only terminals that are known to have them are asked for them.
Over SSH pictures of that size would crowd out the keys, and a multiplexer or a browser does not pass them on.
"""

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from collections.abc import Mapping
from importlib import import_module
from typing import Final, Literal

Graphics = Literal["half", "sixel", "kitty"]
Asked = Literal["auto", "half", "none"]

_DA1: Final = b"\x1b[c"
_KITTY: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # as kitty's documentation of the protocol asks it
_ATTRIBUTES: Final = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL: Final = b"4"
_VT340: Final = (10, 20)
_WAIT_S: Final = 0.2
_BARE: Final = ("", "dumb", "linux", "vt", "screen", "tmux")  # as TERM begins
_ELSEWHERE: Final = ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "TEXTUAL_DRIVER")


def graphics(asked: Asked, environment: Mapping[str, str] = os.environ) -> Graphics:
    """What to show pictures by. Nobody but us may read the terminal yet."""
    stdin, stdout = sys.__stdin__, sys.__stdout__
    if asked != "auto" or stdin is None or stdout is None or not may_ask(environment):
        return "half"
    if not (stdin.isatty() and stdout.isatty()):
        return "half"
    found = told(_ask(stdin.fileno(), stdout.fileno(), has_placeholders(environment)))
    if found == "kitty":
        import_module("textual_image.widget")  # it asks for more, which it cannot once the console runs
    return found


def cell_pixels() -> tuple[int, int]:
    """Width and height of a cell, px, as the terminal tells it now (tty_ioctl(4)); a VT340's where it does not."""
    if sys.__stdout__ is None or not sys.__stdout__.isatty():
        return _VT340
    rows, columns, width, height = struct.unpack("4H", fcntl.ioctl(sys.__stdout__, termios.TIOCGWINSZ, bytes(8)))
    return (width // columns, height // rows) if width and height and columns and rows else _VT340


def may_ask(environment: Mapping[str, str]) -> bool:
    """Is there a terminal of our own at the other end, that knows escape sequences?"""
    term = environment.get("TERM", "")
    bare = any(term == word or (word and term.startswith(word)) for word in _BARE)
    return not bare and not any(environment.get(name) for name in _ELSEWHERE)


def has_placeholders(environment: Mapping[str, str]) -> bool:
    """Is it known to have kitty's unicode placeholders?"""
    return any(name in environment.get("TERM", "") for name in ("kitty", "ghostty"))


def told(answer: bytes) -> Graphics:
    """What the terminal's answer means; nothing, or anything else: half blocks."""
    attributes = _ATTRIBUTES.search(answer)
    if attributes is None:
        return "half"
    if b"\x1b_Gi=31;OK" in answer:
        return "kitty"
    return "sixel" if _SIXEL in attributes[1].split(b";")[1:] else "half"


def _ask(stdin: int, stdout: int, kitty: bool) -> bytes:
    """The answer so far when DA1 is answered, or when time is up. Every terminal answers DA1, and in order."""
    before = termios.tcgetattr(stdin)
    answer, until = b"", time.monotonic() + _WAIT_S
    try:
        tty.setcbreak(stdin, termios.TCSANOW)
        os.write(stdout, (_KITTY if kitty else b"") + _DA1)
        while _ATTRIBUTES.search(answer) is None:
            ready, _, _ = select.select([stdin], [], [], max(until - time.monotonic(), 0.0))
            if not ready or not (more := os.read(stdin, 1024)):
                break
            answer += more
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)
    return answer
