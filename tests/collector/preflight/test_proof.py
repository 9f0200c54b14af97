"""The certificate's line says until when it holds, or why it does not and what to do."""

from typing import Any

from collector.preflight.check import Check
from collector.preflight.proof import certificate_check, proof
from collector.selftest.certificate import Certificate
from tests.collector.selftest.test_certificate import BAD, GOOD, HOUR_NS, NOW_NS, Gate, devices, made, rig

HALF = Gate("leaders/right", "round trip", 6.0, "ms", 4.0, 8.0, "latency timer")


def line(
    certificate: Certificate | None, hours: float, *, starting: bool = False, present: dict[str, Any] | None = None
) -> Check:
    utc_ns = NOW_NS + int(hours * HOUR_NS)
    known = proof(certificate, rig(), devices() if present is None else present, utc_ns)
    return certificate_check(known, utc_ns, starting=starting)


def test_none_and_a_failed_one_stand_in_the_way() -> None:
    assert (line(None, 0).state, line(None, 0).says) == ("fail", "there is no certificate")
    failed = line(made(GOOD, BAD), 1)
    assert failed.state == "fail"
    assert "slaved" in failed.says
    assert "self-test" in failed.remedy


def test_one_that_holds_says_how_long_and_one_that_runs_out_asks_for_the_next() -> None:
    good = line(made(), 2)
    assert good.state == "ok"
    assert "10.0 h more; made 2.0 h ago" in good.says
    soon = line(made(), 11.5)
    assert soon.state == "warn"
    assert "30 min more" in soon.says
    assert line(made(), 13).state == "fail"


def test_gates_that_only_warned_are_named() -> None:
    told = line(made(GOOD, HALF), 1)
    assert told.state == "warn"
    assert "leaders/right: round trip" in told.says


def test_another_device_is_no_news_before_all_have_answered() -> None:
    assert line(made(), 1, present={}, starting=True).state == "wait"
    assert "gone since" in line(made(), 1, present={}).says
