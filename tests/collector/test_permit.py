import time
from pathlib import Path
from typing import Any

import pytest

from collector.permit import permit
from collector.selftest.certificate import certify, save
from collector.selftest.gate import Gate
from collector.session import NotCertified
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG

GOOD = Gate("trigger", "clock bound", 90.0, "us", 150.0, 500.0, "")
DEVICES: dict[str, Any] = {"sync": {"name": "trigger", "model": "rp2040", "serial": "7", "firmware": "1.0.0"}}


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RigConfig:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return load(RigConfig, RIG, ())


def test_without_a_certificate_nobody_records_and_the_remedy_is_told(rig: RigConfig) -> None:
    with pytest.raises(NotCertified, match=r"no certificate; run clap selftest .* --override"):
        permit(rig, DEVICES, "record", "")


def test_an_override_is_kept_with_what_was_wrong(rig: RigConfig) -> None:
    granted = permit(rig, DEVICES, "record", " LED broken ")
    assert granted.provenance()["override"] == "LED broken (there is no certificate)"
    assert granted.certificate is None


def test_a_valid_certificate_goes_into_every_episode_and_needs_no_override(rig: RigConfig) -> None:
    save(certify(rig, [GOOD], DEVICES, {}, time.time_ns()))
    granted = permit(rig, DEVICES, "record", "not needed")
    told = granted.provenance()
    assert told["certificate"]["verdict"] == "pass"
    assert told["override"] == ""


def test_a_certificate_that_runs_out_while_armed_stops_the_next_take(rig: RigConfig) -> None:
    save(certify(rig, [GOOD], DEVICES, {}, time.time_ns()))
    granted = permit(rig, DEVICES, "record", "")
    granted.still_holds(rig, DEVICES)
    with pytest.raises(NotCertified, match="disarm"):
        granted.still_holds(rig, {"sync": DEVICES["sync"] | {"serial": "8"}})


def test_the_self_test_itself_needs_no_certificate(rig: RigConfig) -> None:
    assert permit(rig, DEVICES, "selftest", "").provenance()["purpose"] == "selftest"


def test_another_purpose_is_refused(rig: RigConfig) -> None:
    with pytest.raises(ValueError, match="record or selftest"):
        permit(rig, DEVICES, "fun", "")
