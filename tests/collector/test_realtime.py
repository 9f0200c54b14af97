import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector import realtime

TIED = """
import os
from collector.realtime import set_scheduler
said = set_scheduler(True, 1, {cpu})
print(said, sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0) == os.SCHED_FIFO, sep="|")
"""

LOCK = """
from pathlib import Path
from collector.realtime import set_scheduler
said = set_scheduler(True, 1)
locked = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmLck" in line)
print(locked, said, sep="|")
"""


def test_an_ordinary_rig_asks_for_nothing_and_puts_back_what_libfranka_raised() -> None:
    assert realtime.set_scheduler(False, 80) == ""
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_what_is_refused_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(realtime, "_unlimited", lambda: False)
    monkeypatch.setattr(realtime, "_KERNEL", tmp_path / "realtime")
    said = realtime.set_scheduler(True, 80).split("; ")
    assert ["rtprio 90" in said[0], "memlock unlimited" in said[1], "PREEMPT_RT" in said[2]] == [True] * 3
    (tmp_path / "realtime").write_text("1\n")
    assert "PREEMPT_RT" not in realtime.set_scheduler(True, 80)


def test_memory_is_locked_or_the_operator_is_told() -> None:
    locked, said = _run(LOCK)
    assert (int(locked) > 0) == ("memory cannot be locked" not in said)


def test_an_arm_stays_on_its_cpu_where_it_may_go_first_and_only_there() -> None:
    before = sorted(os.sched_getaffinity(0))
    said, cpus, first = _run(TIED.format(cpu=before[-1]))
    assert cpus == str([before[-1]] if first == "True" else before)
    assert "control_cpu" not in said


def test_a_cpu_that_is_not_there_is_named_and_does_not_stop_the_arm() -> None:
    said, cpus, first = _run(TIED.format(cpu=4095))
    assert cpus == str(sorted(os.sched_getaffinity(0)))
    assert ("control_cpu 4095" in said) == (first == "True")


def _run(script: str) -> list[str]:
    """In a process of its own: what is asked for here would stay for the tests that follow."""
    return (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        .stdout.strip()
        .split("|")
    )
