from pathlib import Path
from typing import Any

import pytest

from collector.selftest import certificate
from collector.selftest.certificate import certify, newest, save, why_invalid
from collector.selftest.gate import Gate
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG

HOUR_NS = 3_600_000_000_000
NOW_NS = 1_790_000_000_000_000_000
GOOD = Gate("trigger", "clock bound", 90.0, "us", 150.0, 500.0, "")
BAD = Gate("cameras/side", "slaved", 500.0, "ppm", 1.0, 5.0, "check its sync mode")


def rig(*sets: str) -> RigConfig:
    return load(RigConfig, RIG, sets)


def device(serial: str = "1", firmware: str = "5.16") -> dict[str, Any]:
    return {"name": "x", "model": "D455", "serial": serial, "firmware": firmware, "options": {}}


def devices(**changed: Any) -> dict[str, Any]:
    return {"sync": device("box"), "capture": {"front": device(), "side": device("2")}, **changed}


def made(*gates: Gate) -> certificate.Certificate:
    return certify(rig(), list(gates or (GOOD,)), devices(), {"clapboard": "0"}, NOW_NS)


def test_a_passed_test_of_the_same_rig_holds_for_its_hours() -> None:
    assert why_invalid(made(), rig(), devices(), NOW_NS + 11 * HOUR_NS) == ""
    assert "12.5 h old" in why_invalid(made(), rig(), devices(), NOW_NS + 12 * HOUR_NS + HOUR_NS // 2)


def test_a_certificate_from_the_future_does_not_hold() -> None:
    assert why_invalid(made(), rig(), devices(), NOW_NS - HOUR_NS)


def test_a_warning_certifies_and_a_failure_does_not() -> None:
    warned = Gate("trigger", "clock bound", 200.0, "us", 150.0, 500.0, "")
    assert why_invalid(made(GOOD, warned), rig(), devices(), NOW_NS) == ""
    assert "cameras/side: slaved" in why_invalid(made(GOOD, BAD), rig(), devices(), NOW_NS)


@pytest.mark.parametrize(
    ("present", "named"),
    [
        (devices(capture={"front": device("7"), "side": device("2")}), "capture/front"),
        (devices(capture={"front": device(firmware="5.17"), "side": device("2")}), "firmware"),
        (devices(capture={"front": device()}), "capture/side is gone"),
        (devices(**{"leader-right": device("")}), "leader-right is new"),
    ],
)
def test_other_devices_need_another_test(present: dict[str, Any], named: str) -> None:
    assert named in why_invalid(made(), rig(), present, NOW_NS)


def test_a_changed_exposure_needs_another_test_but_a_changed_limit_or_port_does_not() -> None:
    assert "changed" in why_invalid(made(), rig("cameras.front.exposure_us=2000"), devices(), NOW_NS)
    assert why_invalid(made(), rig("gates.clock_bound_us=[200, 600]"), devices(), NOW_NS) == ""
    assert why_invalid(made(), rig("trigger.port=/dev/ttyACM7"), devices(), NOW_NS) == ""


def test_a_certificate_that_was_edited_does_not_hold() -> None:
    edited = made(BAD) | {"verdict": "pass"}
    assert "changed after it was made" in why_invalid(edited, rig(), devices(), NOW_NS)


def test_the_newest_one_counts_even_if_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert newest("virtual") is None
    save(made())
    save(certify(rig(), [BAD], devices(), {}, NOW_NS + HOUR_NS))
    assert "failed" in why_invalid(newest("virtual"), rig(), devices(), NOW_NS + 2 * HOUR_NS)
    last = sorted(certificate.folder("virtual").iterdir())[-1]
    last.write_text("{torn")
    assert newest("virtual") is None


def test_what_the_configuration_leaves_out_is_told() -> None:
    told = certify(rig('selftest.without_led=["wrist"]'), [GOOD], devices(), {}, NOW_NS)["not_proven"]
    assert len(told) == 1
    assert "cameras/wrist" in told[0]


def test_a_gate_whose_limits_fall_judges_downwards() -> None:
    assert Gate("disk", "speed", 200.0, "MB/s", 100.0, 40.0, "").verdict == "pass"
    assert Gate("disk", "speed", 60.0, "MB/s", 100.0, 40.0, "").verdict == "warn"
    assert Gate("disk", "speed", 20.0, "MB/s", 100.0, 40.0, "").verdict == "fail"
    assert Gate("disk", "speed", float("nan"), "MB/s", 100.0, 40.0, "").verdict == "fail"
