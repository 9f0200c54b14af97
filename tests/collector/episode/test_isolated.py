"""Whatever reading a file does to the process that reads it, every other file is still answered."""

import os
import select
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from collector.episode.isolated import Unreadable, alone, each
from tests.collector.episode.misbehaviour import behave

ROOT = Path(__file__).parents[3]
WHAT_HAPPENS = {
    "waits in C": "hung: no answer within 2 s",
    "loops": "hung: no answer within 2 s",
    "stops itself": "hung: no answer within 2 s",
    "segfaults": "ended by SIGSEGV",
    "is killed": "ended by SIGKILL",
    "exits": "ended with exit code 0",
    "raises": "KeyError: 'x'",
    "says why": "this is no episode",
    "eats memory": "more than 1.0 GB of memory",
    "nests too deeply": "RecursionError",
    "answers what cannot be sent": "ended with exit code 1",
}
SCRIPT = """
from pathlib import Path
from collector.episode.isolated import each
from tests.collector.episode.misbehaviour import behave

if __name__ == "__main__":
    try:
        for path, answer in each(behave, map(Path, ["who", "waits in C", "waits in C"]), 600.0):
            print(answer, flush=True)
    except KeyboardInterrupt:
        print("interrupted")
"""


def children(pid: int) -> set[int]:
    """Processes that this one has started and that have not ended, but for the interpreter's tracker of resources."""
    listed = [(task / "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    found = {int(child) for line in listed for child in line}
    return {child for child in found if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text()}


def test_every_path_is_answered_whatever_the_others_do(capfd: pytest.CaptureFixture[str]) -> None:
    before = children(os.getpid())
    good = [f"file {number}" for number in range(6)]
    names = [*good[:3], *WHAT_HAPPENS, "prints", *good[3:]]
    answers = dict(each(behave, map(Path, names), 2.0, workers=4, memory_bytes=10**9))
    assert set(answers) == set(map(Path, names))
    for name in (*good, "prints"):
        assert answers[Path(name)] == f"read {name}"
    for name, told in WHAT_HAPPENS.items():
        answer = answers[Path(name)]
        assert isinstance(answer, Unreadable) and told in answer.problem, (name, answer)
    assert children(os.getpid()) == before
    assert "noise" not in "".join(capfd.readouterr())


def test_a_child_reads_many_files_and_one_that_stays_idle_is_ended() -> None:
    before = children(os.getpid())
    with closing(each(behave, [Path("who")] * 9, 10.0)) as answers:
        pids = [next(answers)[1] for _ in range(5)]
        assert len(set(pids)) <= 2 and os.getpid() not in pids
        assert children(os.getpid()) > before
    assert children(os.getpid()) == before


def test_one_path_alone() -> None:
    assert alone(behave, Path("a"), 10.0) == "read a"


@pytest.mark.parametrize(("kind", "says"), [(signal.SIGINT, "interrupted"), (signal.SIGKILL, "")])
def test_nothing_is_left_running_when_it_is_interrupted_or_killed(kind: signal.Signals, says: str) -> None:
    command = [sys.executable, "-c", SCRIPT]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().strip().isdigit()
        left = [*children(process.pid)]
        assert len(left) == 2
        os.killpg(process.pid, kind) if kind is signal.SIGINT else process.kill()
        out, err = process.communicate(timeout=30)
    assert out.strip() == says
    assert "Traceback" not in err
    for child in left:
        wait_for_end(child)


def wait_for_end(pid: int) -> None:
    """An orphan ends when its parent does; the test's timeout is the limit."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            select.select([descriptor], [], [])
        finally:
            os.close(descriptor)
