"""The self-test as a technician runs it, on the virtual rig with a fault: whatever the host, that gate must fail."""

import json
from pathlib import Path

import pytest

from tests.e2e.rig import RIG, ROOT, TASK, clap, end, runtime, start


@pytest.mark.live
@pytest.mark.timeout(400)
def test_a_fault_is_named_the_page_is_written_and_the_recorder_stays_shut(tmp_path: Path) -> None:
    env = runtime()
    certificate, page = tmp_path / "certificate.json", tmp_path / "selftest.html"
    words = ["--rig", RIG, "--seconds", 16, "--out", tmp_path, "--json", certificate, "--html", page]
    ran = end(start("selftest", *words, "--fault", ROOT / "configs/faults/camera_lag.yaml", env=env), 240)
    assert ran.code == 1, ran.err
    assert "cameras/front: mid-exposure" in ran.err
    told = json.loads(certificate.read_text())
    assert told["verdict"] == "fail"
    failed = {(gate["subject"], gate["name"]) for gate in told["gates"] if gate["verdict"] == "fail"}
    assert ("cameras/side", "mid-exposure") not in failed
    assert "<svg" in page.read_text()
    refused = clap("record", "--rig", RIG, "--task", TASK, "--out", tmp_path / "data", env=env)
    assert refused.code == 1
    assert "the last self-test failed" in refused.err
    assert "--override" in refused.err


def test_a_test_that_is_too_short_is_refused_at_once(tmp_path: Path) -> None:
    ran = clap("selftest", "--rig", RIG, "--seconds", 5)
    assert ran.code == 2
    assert "at least 16" in ran.err


def test_faults_are_for_virtual_rigs(tmp_path: Path) -> None:
    real = ROOT / "configs/rigs/franka_gello.yaml"
    ran = clap("selftest", "--rig", real, "--fault", ROOT / "configs/faults/camera_lag.yaml")
    assert ran.code == 2
    assert "virtual" in ran.err
