"""What pictures a terminal can show is asked only where an answer is sure, and garbage is never written."""

import os
import sys
import termios
import threading
from collections.abc import Iterator

import pytest

from collector.tui.widgets import preview_terminal
from collector.tui.widgets.preview_terminal import Graphics, graphics, has_placeholders, may_ask, told

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (b"", "half"),
        (b"\x1b[?62;22c", "half"),
        (b"\x1b[?64;1;2;4;22c", "sixel"),
        (b"\x1b[?4c", "half"),  # the first number is the class of the terminal, not an attribute
        (b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c", "kitty"),
        (b"\x1b_Gi=31;ENOTSUPPORTED:\x1b\\\x1b[?62;c", "half"),
        (b"hello\x1b[?64;4c", "sixel"),  # the operator typed meanwhile
        (b"\x1b_Gi=31;OK\x1b\\", "half"),
    ],
)
def test_an_answer_means(answer: bytes, means: Graphics) -> None:
    assert told(answer) == means


@pytest.mark.parametrize("term", ["", "dumb", "linux", "vt100", "screen.xterm-256color", "tmux-256color"])
def test_a_bare_terminal_is_not_asked(term: str) -> None:
    assert not may_ask({"TERM": term})


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "TEXTUAL_DRIVER"])
def test_neither_is_one_that_is_far_away(name: str) -> None:
    assert may_ask(XTERM)
    assert not may_ask(XTERM | {name: "something"})


def test_kittys_graphics_are_asked_for_where_placeholders_are_known() -> None:
    assert has_placeholders({"TERM": "xterm-kitty"})
    assert has_placeholders({"TERM": "xterm-ghostty"})
    assert not has_placeholders(XTERM)


class Terminal:
    """A pty; at its far end somebody answers what is asked, once. `heard`: what was written to it."""

    def __init__(self, answer: bytes) -> None:
        self._far, self.near = os.openpty()
        self.heard = b""
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self.heard.endswith(b"\x1b[c"):
            self.heard += os.read(self._far, 1024)
        os.write(self._far, self._answer)

    def close(self) -> None:
        self._thread.join()
        os.close(self._far)


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The modules that would have been imported: they ask the tests' own terminal."""
    names: list[str] = []
    monkeypatch.setattr(preview_terminal, "import_module", names.append)
    yield names


def ask(monkeypatch: pytest.MonkeyPatch, answer: bytes, environment: dict[str, str]) -> tuple[Graphics, Terminal]:
    """What is found out of a terminal that answers so, whose settings stay as they were."""
    terminal = Terminal(answer)
    with open(terminal.near) as tty:
        monkeypatch.setattr(sys, "__stdin__", tty)
        monkeypatch.setattr(sys, "__stdout__", tty)
        before = termios.tcgetattr(terminal.near)
        found = graphics("auto", environment)
        assert termios.tcgetattr(terminal.near) == before
        terminal.close()
    return found, terminal


def test_sixels_are_shown_where_the_terminal_has_them(monkeypatch: pytest.MonkeyPatch, imported: list[str]) -> None:
    found, terminal = ask(monkeypatch, b"\x1b[?64;1;4c", XTERM)
    assert found == "sixel"
    assert terminal.heard == b"\x1b[c"
    assert imported == []


def test_kittys_pictures_are_shown_in_kitty(monkeypatch: pytest.MonkeyPatch, imported: list[str]) -> None:
    answer = b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c"
    assert ask(monkeypatch, answer, {"TERM": "xterm-kitty"})[0] == "kitty"
    assert imported


@pytest.mark.parametrize("answer", [b"\x1b[?62;22c", b""])
def test_half_blocks_where_it_has_none_or_says_nothing(
    monkeypatch: pytest.MonkeyPatch, imported: list[str], answer: bytes
) -> None:
    assert ask(monkeypatch, answer, XTERM)[0] == "half"
    assert not imported


def test_nobody_is_asked_who_need_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_terminal, "_ask", lambda *_: pytest.fail("it was asked"))
    assert graphics("half", XTERM) == "half"
    assert graphics("none", XTERM) == "half"
    assert graphics("auto", {"TERM": "dumb"}) == "half"
    with open(os.devnull) as null:
        monkeypatch.setattr(sys, "__stdin__", null)
        assert graphics("auto", XTERM) == "half"
