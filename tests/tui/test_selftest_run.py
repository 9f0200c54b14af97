"""The self-test beside the console: whatever becomes of it, the operator is told and the rig is theirs again."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from collector import certify
from collector.attach import Progress
from collector.control import DaemonError
from collector.record import RigFault
from collector.selftest.certificate import newest
from collector.selftest.gate import Gate
from collector.tui import beside
from collector.tui.beside import Audience, Seat
from collector.tui.selftest_run import Outcome, self_test
from hardware.config import RigConfig
from tests.collector.preflight.rig_facts import rig
from tests.collector.selftest.test_certificate import BAD, GOOD, made

AFTER = {"arm": "ARMED", "start": "RECORDING", "stop": "REVIEW", "discard": "ARMED", "disarm": "IDLE"}
WAY_BACK = ["release", "sweep", "stop", "discard", "disarm"]


class Daemon:
    """One that knows a session's states, as a client sees it."""

    def __init__(self, state: str = "IDLE") -> None:
        self.state, self.asked = state, list[str]()
        self.out = "/data"

    def call(self, verb: str, **words: Any) -> dict[str, Any]:
        if verb == "status":
            return {"state": self.state, "out": self.out}
        if verb == "rig":
            return {"rig": rig().model_dump(mode="json")}
        self.asked.append(verb)
        if verb == "attach":
            assert words == {"name": "anna", "role": "control", "key": "the-key"}
        if self.state == "FAULT" and verb != "release":
            raise DaemonError(f"{verb} is not possible in FAULT")
        self.state = AFTER.get(verb, self.state)
        return {}

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_: object) -> None:
        self.asked.append("gone")


Measure = Callable[[Daemon, Progress], None]


class Bench:
    """Runs a self-test whose measurement is the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self._patch = monkeypatch
        self.daemon = Daemon()
        self.gates: list[Sequence[Gate]] = []
        self.said: list[str] = []
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(self, measure: Measure, gates: Sequence[Gate] = (GOOD,)) -> Outcome:
        def measured(
            client: Daemon, config: RigConfig, seconds: float, faults: object, out: Path, told: Progress
        ) -> None:
            assert (seconds, out) == (30.0, Path("/data"))
            measure(client, told)

        def conclude(config: RigConfig, measured: object, told: Progress, so_far: Any) -> Any:
            so_far(gates[:1])
            return SimpleNamespace(gates=list(gates)), made(*gates)

        self._patch.setattr(certify, "measure", measured)
        self._patch.setattr(certify, "conclude", conclude)
        self._patch.setattr(beside, "Client", lambda path: self.daemon)
        ended, outcomes = threading.Event(), list[Outcome]()

        def on_end(outcome: Outcome) -> None:
            outcomes.append(outcome)
            ended.set()

        audience: Audience[Outcome] = Audience(lambda what, share: self.said.append(what), on_end)
        self.test = self_test(Seat(Path("/run/x.sock"), "anna", "the-key"), audience, self.gates.append)
        self.test.start()
        assert ended.wait(10.0)
        return outcomes[0]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    return Bench(monkeypatch, tmp_path)


def record(daemon: Daemon, progress: Progress) -> None:
    for verb in ("arm", "start", "stop", "discard", "disarm"):
        daemon.call(verb)
        progress(verb, None)


def test_a_passed_test_is_certified_and_its_gates_come_as_they_are_known(bench: Bench) -> None:
    outcome = bench.run(record, (GOOD, GOOD))
    assert (outcome.problem, outcome.verdict) == ("", "pass")
    certificate = newest(rig().name)
    assert certificate is not None
    assert outcome.until_utc_ns == certificate["made_utc_ns"] + 12 * 3_600_000_000_000
    assert [len(gates) for gates in bench.gates] == [1, 2]
    assert bench.daemon.asked[-2:] == ["release", "gone"]


def test_a_failed_one_says_so_and_is_kept_too(bench: Bench) -> None:
    outcome = bench.run(record, (GOOD, BAD))
    assert (outcome.problem, outcome.verdict) == ("", "fail")
    certificate = newest(rig().name)
    assert certificate is not None
    assert certificate["verdict"] == "fail"


def test_aborted_in_the_take_leaves_no_take_and_nobody_armed(bench: Bench) -> None:
    def enough(daemon: Daemon, progress: Progress) -> None:
        daemon.call("arm")
        daemon.call("start")
        bench.test.abort()
        progress("self-test: LED", 0.1)

    assert "aborted" in bench.run(enough).problem
    assert bench.daemon.asked == ["attach", "arm", "start", *WAY_BACK, "gone"]
    assert bench.daemon.state == "IDLE"
    assert newest(rig().name) is None


def test_a_device_that_fails_is_named_and_the_robots_hold(bench: Bench) -> None:
    def fail(daemon: Daemon, progress: Progress) -> None:
        daemon.state = "FAULT"
        raise RigFault("cameras.side: no frame for 1 s; check its cable")

    assert bench.run(fail).problem == "cameras.side: no frame for 1 s; check its cable"
    assert bench.daemon.asked == ["attach", "release", "gone"]


def test_a_session_that_is_not_idle_is_left_alone(bench: Bench) -> None:
    bench.daemon.state = "RECORDING"
    assert "begins in IDLE" in bench.run(record).problem
    assert bench.daemon.asked == ["attach", "gone"]
