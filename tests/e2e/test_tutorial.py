"""docs/tutorial.md is done as it says, step by step: its commands by a shell, its keys in a terminal."""

import re
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from collector.remote import Remote
from collector.remote_status import Status
from tests.e2e.daemon import running, socket_in
from tests.e2e.rig import PATIENT, ROOT, clap
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.live

PAGE = (ROOT / "docs/tutorial.md").read_text()
BEFORE, AFTER = PAGE.partition("## 4.")[::2]
ROW = re.compile(r"^\| (`.+`) \| .*? ?\| (.*?) ?\|$", re.MULTILINE)
_PACE_S = 1.0  # as a hand takes its time: what has no whole step cannot be delivered
_LOOK_S = 0.5  # the console shows what the daemon says
TAKING = ("RECORDING", "grasp", "carry", "place")
NAMED = {"space": " ", "enter": "\r"}

SEEN: dict[str, Callable[[Status], bool]] = {
    "READY": lambda s: s.state == "ARMED",
    "FOLLOW": lambda s: all(arm.get("teleop") == "FOLLOW" for arm in s.arms.values()),
    "RECORDING": lambda s: s.take is not None and s.take.is_open and not s.take.marks,
    "REVIEW": lambda s: s.state == "REVIEW",
    "no score": lambda s: s.review is not None and s.review.labels.score is None,
}


def seen(what: str) -> Callable[[Status], bool]:
    """What the status says when the operator sees this."""
    if what.startswith("score "):
        score = int(what.removeprefix("score "))
        return lambda s: s.review is not None and s.review.labels.score == score
    if what in ("grasp", "carry", "place"):
        return lambda s: s.take is not None and bool(s.take.marks) and s.take.marks[-1].name == what
    return SEEN[what]


def commands(text: str) -> list[list[str]]:
    """Those of clap, as words; the demo has a test of its own."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    return [line[1:] for line in lines if line[0] == "clap"]


def test_the_tutorial_is_true(tmp_path: Path) -> None:
    """But for the daemon, which tests/e2e/test_collect.py has started by the console."""
    with running(tmp_path / "tutorial", *PATIENT) as daemon:
        _done(daemon.env, tmp_path)


def _done(env: dict[str, str], tmp_path: Path) -> None:
    def here(word: str) -> str:
        return word.replace("data/tutorial", str(tmp_path / "tutorial"))

    said = ""
    (collect,) = commands(BEFORE)
    options = dict(zip(collect[1::2], collect[2::2], strict=True))
    assert options.pop("--out") == "data/tutorial"
    assert (options.pop("--rig"), options.pop("--task")) == (
        "configs/rigs/virtual.yaml",
        "configs/tasks/pick_cube.yaml",
    )
    words = [word for pair in options.items() for word in pair]
    with ExitStack() as stack:
        terminal = stack.enter_context(Terminal(env, tmp_path / "tutorial", *words))
        watcher = stack.enter_context(Remote(socket_in(env)))
        terminal.until(watcher, lambda s: s.state == "IDLE" and s.control is not None)
        terminal.read(1.0)
        for keys, then in ROW.findall(BEFORE):
            *first, key = re.findall(r"`(.+?)`", keys)
            for before in first:
                terminal.press(NAMED.get(before, before))
                terminal.read(_LOOK_S)  # a dialog opens
            terminal.press(NAMED.get(key, key))
            if then in ("", "the shell"):
                terminal.read(_LOOK_S)
                continue
            terminal.until(watcher, seen(then), again=NAMED.get(key, key) if then == "FOLLOW" else "")
            terminal.read(_PACE_S if then in TAKING else _LOOK_S)
        assert terminal.wait(30) == 0
        terminal.until(watcher, lambda s: s.backlog.pending == 0)
    for words in commands(AFTER):
        ran = clap(*map(here, words), env=env)
        assert ran.code == 0, (words, ran)
        said += ran.out + ran.err
    assert "my first take" in said
    assert (tmp_path / "tutorial.html").exists()
    assert (tmp_path / "tutorial-set" / "meta" / "info.json").exists()
