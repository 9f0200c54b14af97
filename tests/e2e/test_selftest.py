"""The self-test as a technician runs it, on the virtual rig with a fault: whatever the host, that gate must fail."""

import json
from pathlib import Path

import pytest

from tests.conftest import Clap
from tests.e2e.rig import LENIENT, RIG, ROOT, SLOW, TASK, end, runtime, start
from tests.e2e.rig import clap as clap_by_itself


@pytest.mark.live
@pytest.mark.timeout(400)
def test_a_fault_is_named_the_page_is_written_and_the_recorder_stays_shut(tmp_path: Path) -> None:
    env = runtime()
    certificate, page = tmp_path / "certificate.json", tmp_path / "selftest.html"
    words = ["--rig", RIG, "--seconds", 13, "--out", tmp_path, "--json", certificate, "--html", page]
    words += ["--set", "selftest.led_s=5", "--set", "selftest.without_motion=[side]"]  # markers take long to look for
    ran = end(
        start("selftest", *words, "--fault", ROOT / "configs/faults/camera_lag.yaml", *SLOW, LENIENT, env=env), 240
    )
    assert ran.code == 1, ran.err
    assert "cameras/front: mid-exposure" in ran.err
    told = json.loads(certificate.read_text())
    assert told["verdict"] == "fail"
    failed = {(gate["subject"], gate["name"]) for gate in told["gates"] if gate["verdict"] == "fail"}
    assert ("cameras/side", "mid-exposure") not in failed
    assert "<svg" in page.read_text()
    words = ("record", "--rig", RIG, "--task", TASK, "--scene", "object=red cube", "--out", tmp_path / "data")
    refused = clap_by_itself(*words, env=env)
    assert refused.code == 1
    assert "the last self-test failed" in refused.err
    assert "--override" in refused.err


def test_a_test_that_is_too_short_is_refused_at_once(clap: Clap) -> None:
    code, _, err = clap("selftest", "--rig", RIG, "--seconds", 5)
    assert code == 2
    assert "at least 16" in err


def test_faults_are_for_virtual_rigs(clap: Clap) -> None:
    real = ROOT / "configs/rigs/franka_gello.yaml"
    code, _, err = clap("selftest", "--rig", real, "--fault", ROOT / "configs/faults/camera_lag.yaml")
    assert code == 2
    assert "virtual" in err
