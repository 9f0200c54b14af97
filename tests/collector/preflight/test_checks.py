"""Each line tells what is, whether it stands in the way, and what to do about it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.preflight.check import NAMES, Check, verdict, worst_first
from collector.preflight.devices import device_checks
from collector.preflight.machine import machine_checks
from collector.preflight.session import fault_checks, session_checks
from collector.selftest.gate import Gate
from tests.collector.preflight.rig_facts import rig, status


def found(name: str, **changes: Any) -> list[Check]:
    told = status(**changes)
    checks = [*fault_checks(told), *session_checks(rig(), told), *device_checks(rig(), told["processes"])]
    return [check for check in checks if check.name == name]


def one(name: str, **changes: Any) -> Check:
    return worst_first(found(name, **changes))[0]


def test_a_rig_that_is_well_has_nothing_to_say() -> None:
    told = status()
    checks = [*fault_checks(told), *session_checks(rig(), told), *device_checks(rig(), told["processes"])]
    assert [check.name for check in checks if check.state != "ok"] == []
    assert verdict(checks) == "ok"


@pytest.mark.parametrize(
    ("name", "state", "says", "changes"),
    [
        ("fault", "fail", "no frame", {"fault": {"device": "cameras.side", "message": "no frame for 1 s"}}),
        ("process", "wait", "not answered", {"processes__capture__ready": False}),
        ("process", "fail", "has ended", {"processes__capture__alive": False}),
        ("process", "warn", "not permitted", {"processes__sync__warning": "rtprio is not permitted: add it"}),
        ("trigger", "wait", "not known yet", {"processes__sync__bound_us": None}),
        ("trigger", "fail", "no edge", {"processes__sync__edges": 0}),
        ("trigger", "fail", "the limit is 500", {"processes__sync__bound_us": 900.0}),
        ("trigger", "warn", "60 Hz are configured", {"processes__sync__streams__trigger": {"rate_hz": 30.0}}),
        ("trigger", "warn", "CRC", {"processes__sync__faults": 2, "processes__sync__last_fault": "CRC"}),
        ("camera", "fail", "no frames", {"processes__capture__cameras__side__frames": 0}),
        ("camera", "fail", "no frames", {"processes__capture__cameras__side__age_ms": 700.0}),
        ("camera", "wait", "promptly for 2 s", {"processes__capture__cameras__side__prompt_s": 2}),
        ("camera", "warn", "100 of 6100", {"processes__capture__cameras__side__lost": 100}),
        ("leader", "wait", "being opened", {"processes__leader-right": {"alive": True, "ready": False}}),
        ("leader", "warn", "900 of 20900", {"processes__leader-right__missed": 900}),
        ("arm", "fail", "no states", {"processes__arm-right__cycles": 0}),
        ("arm", "fail", "FAULT", {"processes__arm-right__teleop": "FAULT"}),
        ("arm", "wait", "ALIGN", {"processes__arm-right__teleop": "ALIGN"}),
        ("arm", "warn", "40% of commands", {"processes__arm-right__success_rate": 0.4}),
        ("plan", "fail", "what to collect", {"plan": None}),
        ("consent", "warn", "agreed", {"plan__task__consent": ""}),
        ("disk", "warn", "30 min", {"disk__minutes": 30.0}),
        ("disk", "fail", "5 min", {"disk__minutes": 5.0}),
        ("episodes", "warn", "index is locked", {"backlog__problems": ["index is locked"]}),
        ("episodes", "warn", "could not be sealed", {"backlog__failed": [{"message": "full", "again": True}]}),
        ("episodes", "warn", "8 wait", {"backlog__pending": 8, "backlog__left_s": 300.0}),
    ],
)  # fmt: skip
def test_what_is_amiss_is_told_with_what_to_do(name: str, state: str, says: str, changes: dict[str, Any]) -> None:
    changes = {path.replace("-", "_at_"): value for path, value in changes.items()}
    virtual = rig().model_copy(update={"recording": rig().recording.model_copy(update={"drop_budget": 0.01})})
    told = status(**changes)
    checks = [*fault_checks(told), *session_checks(virtual, told), *device_checks(virtual, told["processes"])]
    worst = worst_first(check for check in checks if check.name == name)[0]
    assert worst.state == state
    assert says in worst.says
    assert worst.remedy or state == "wait"


def test_one_warning_of_many_processes_is_one_line() -> None:
    text = "the kernel is not PREEMPT_RT: install one, or expect lost control cycles"
    lines = found("process", processes__sync__warning=text, processes__arm_at_right__warning=text)
    assert Check("process", "sync, arm-right", "warn", *text.split(": ")) in lines


def test_an_arm_at_rest_says_which_joint_is_furthest_from_its_leader() -> None:
    arm = one("arm", processes__arm_at_right__teleop="IDLE", processes__arm_at_right__error=[0.1, None, -0.42])
    assert arm.state == "warn"
    assert "joint 3 is 0.42 rad" in arm.says
    assert "approach" in arm.remedy


def test_the_rigs_own_licence_will_do() -> None:
    told = status(plan__task__licence="")
    assert next(c for c in session_checks(rig(), told) if c.name == "licence").says == "CC0-1.0"
    without = rig().model_copy(update={"licence": ""})
    assert next(c for c in session_checks(without, told) if c.name == "licence").state == "warn"


def test_the_machine_is_judged_by_the_self_tests_gates() -> None:
    gates = [
        Gate("disk", "speed", 20.0, "MB/s", 100.0, 40.0, "a faster disk"),
        Gate("disk", "room", 1.0, "min", 60.0, 10.0, "told elsewhere"),
        Gate("host", "ordinary kernel", 1.0, "", 0, 1, "a PREEMPT_RT kernel"),
    ]
    speed, kernel, load = machine_checks(gates, load=0.5, cores=2)
    assert (speed.state, speed.says, speed.remedy) == ("fail", "speed 20 MB/s, limit 40", "a faster disk")
    assert (kernel.state, kernel.says) == ("warn", "ordinary kernel: yes")
    assert (load.state, load.says) == ("ok", "0.5 of 2 cores are busy")
    waiting, busy = machine_checks(None, load=3.0, cores=2)
    assert (waiting.state, busy.state) == ("wait", "warn")


def test_the_worst_is_on_top_and_gives_the_verdict() -> None:
    checks = [Check(NAMES[0], str(i), mood, "") for i, mood in enumerate(("ok", "warn", "fail", "wait", "warn"))]
    assert [check.subject for check in worst_first(checks)] == ["2", "3", "1", "4", "0"]
    assert verdict(checks) == "fail"
    assert verdict(checks[:1]) == verdict([]) == "ok"


def test_of_a_process_that_has_ended_no_old_figures_are_told() -> None:
    told = status(processes__capture__alive=False, processes__arm_at_right__alive=False)
    checks = list(device_checks(rig(), told["processes"]))
    assert {check.name for check in checks} == {"process", "trigger", "leader"}
    assert checks[0].subject == "capture, arm-right"


@given(st.data())
def test_a_status_that_lacks_figures_is_judged_without_them(data: st.DataObject) -> None:
    """A process that has only begun, or is of another version, must not end the daemon that is asked."""
    told = status()
    for process in told["processes"].values():
        for key in data.draw(st.lists(st.sampled_from(sorted(process.keys() - {"alive"})), unique=True)):
            del process[key]
    for camera in told["processes"]["capture"].get("cameras", {}).values():
        for key in data.draw(st.lists(st.sampled_from(sorted(camera)), unique=True)):
            del camera[key]
    checks = list(device_checks(rig(), told["processes"]))
    assert {check.name for check in checks} == {"process", "trigger", "camera", "leader", "arm"}
    assert all(check.remedy for check in checks if check.state == "fail")
