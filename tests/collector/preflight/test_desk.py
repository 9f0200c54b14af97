"""The verb answers at once: what takes long is measured beside the loop, at rest only, and kept."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.preflight import desk
from collector.preflight.desk import Preflight
from collector.preflight.told import PreflightTold
from collector.selftest.certificate import certify, save
from collector.selftest.gate import Gate
from tests.collector.preflight.rig_facts import rig, status

SLOW_DISK = Gate("disk", "speed", 20.0, "MB/s", 100.0, 40.0, "a faster disk")
DEVICES: dict[str, Any] = {"sync": {"model": "box", "serial": "1", "firmware": "1"}}


class Machine:
    """Measured when the test says so."""

    def __init__(self) -> None:
        self.times, self.go = 0, threading.Event()

    def gates(self, *_: object) -> list[Gate]:
        self.times += 1
        assert self.go.wait(5.0)
        return [SLOW_DISK]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Machine]:
    measured = Machine()
    monkeypatch.setattr(desk, "machine_gates", measured.gates)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield measured
    measured.go.set()


@pytest.fixture
def told() -> dict[str, Any]:
    return status()


@pytest.fixture
def preflight(machine: Machine, told: dict[str, Any], tmp_path: Path) -> Iterator[Preflight]:
    looked = Preflight(rig, DEVICES, tmp_path, lambda: told)
    yield looked
    machine.go.set()
    looked.close()


def look(preflight: Preflight, **words: Any) -> PreflightTold:
    return PreflightTold.of(preflight.look(**words))


def machine_lines(told: PreflightTold) -> list[str]:
    return [check.says for check in told.checks if check.name == "machine"]


def until_measured(preflight: Preflight) -> PreflightTold:
    deadline = time.monotonic() + 5.0
    while len(machine_lines(told := look(preflight))) < 2 or "idle" in "".join(machine_lines(told)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return told


def test_the_machine_is_measured_once_beside_the_loop_and_anew_when_asked(
    preflight: Preflight, machine: Machine
) -> None:
    assert any("idle" in line for line in machine_lines(look(preflight)))
    machine.go.set()
    assert any("speed 20 MB/s" in line for line in machine_lines(until_measured(preflight)))
    look(preflight)
    assert machine.times == 1
    look(preflight, again=True)
    preflight.close()
    assert machine.times == 2


def test_no_disk_is_tried_while_a_take_runs(preflight: Preflight, machine: Machine, told: dict[str, Any]) -> None:
    told["state"] = "RECORDING"
    look(preflight, again=True)
    assert machine.times == 0


def test_a_rig_without_certificate_may_be_armed_for_a_reason_and_says_so(preflight: Preflight) -> None:
    without = look(preflight)
    assert without.not_ready == ""
    assert without.certificate.reason == "there is no certificate"
    assert without.verdict == "fail"
    assert without.checks[0].name == "certificate"


def test_with_one_it_may_be_armed(machine: Machine, told: dict[str, Any], tmp_path: Path) -> None:
    good = Gate("trigger", "clock bound", 90.0, "us", 150.0, 500.0, "")
    save(certify(rig(), [good], DEVICES, {}, time.time_ns()))
    preflight = Preflight(rig, DEVICES, tmp_path, lambda: told)
    certified = look(preflight)
    machine.go.set()
    preflight.close()
    assert certified.certificate.reason == ""
    assert certified.certificate.until_utc_ns is not None


def test_why_arming_would_be_refused_for_now_is_told(preflight: Preflight, told: dict[str, Any]) -> None:
    told["processes"]["sync"]["bound_us"] = None
    assert "wait a second" in look(preflight).not_ready


def test_a_machine_that_cannot_be_measured_is_told_and_ends_nothing(
    preflight: Preflight, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(*_: object) -> list[Gate]:
        raise OSError("the folder is gone")

    monkeypatch.setattr(desk, "machine_gates", vanish)
    look(preflight)
    preflight.close()
    broken = next(check for check in look(preflight).checks if check.subject == "machine")
    assert broken.state == "fail"
    assert "the folder is gone" in broken.remedy
