"""Checks, leaders and latencies as people read them: what is off is said with its remedy, in place."""

from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console, RenderableType

from calibration.leader import Grip, Match, Sweep, solve_leader
from calibration.result import CheckResult, LatencyResult, Line, Made
from collector.report.check_page import check_page
from collector.report.check_table import check_table
from collector.report.latency_table import latency_table
from collector.report.leader_table import leader_table
from collector.selftest.lag_fit import NotEnough
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG

DAY_NS = 86_400 * 10**9
BEGIN_NS = 1_790_000_000 * 10**9


def text(what: RenderableType, width: int = 100) -> str:
    out = StringIO()
    Console(file=out, width=width).print(what)
    return out.getvalue()


def check(camera: str, px: float, day: int = 0, mount: str = "m") -> CheckResult:
    bad = px > 2
    lines = tuple(
        Line(name=name, value=px, limit=2.0, unit=unit, verdict="fail" if bad else "pass", remedy="tighten it" * bad)
        for name, unit in (("shift", "px"), ("shift across the view", "mm"), ("the lens alone", "px"), ("age", "days"))
    )
    made = Made(made_utc_ns=BEGIN_NS + day * DAY_NS)
    return CheckResult(made=made, camera=camera, intrinsics="i", mount=mount, shift_px=px, shift_mm=px, lines=lines)


def test_a_check_tells_each_camera_and_the_remedy_of_what_is_off() -> None:
    told = text(check_table([check("front", 0.31), check("side", 2.75)]), 80)
    assert "0.31" in told and "2.75" in told and "side, shift: tighten it" in told and "front, shift" not in told


def test_the_page_draws_every_camera_and_dates_every_check() -> None:
    checks = [check("front", 0.2 + 0.08 * day, day) for day in range(8)] + [check("<side>", 2.75, 1)]
    page = check_page(checks)
    assert page.count("<svg") == 2 and "front drifts by 0.08 px a day" in page
    assert "&lt;side&gt;" in page and "<side>" not in page
    assert page.count('class="verdict pass"') == 8 and page.count('class="verdict fail"') == 1
    assert "2026-09-21" in page and "tighten it" in page


def test_without_any_check_there_is_still_a_page() -> None:
    assert "<svg" not in check_page([])


def test_a_leader_is_told_beside_what_the_file_says() -> None:
    config = load(RigConfig, Path(RIG)).leaders["right"]
    signs, q = np.array(config.signs, float), np.linspace(-0.5, 0.5, 7)
    signs[2] *= -1
    offsets = np.array(config.offsets_rad) + np.array([0, 0, 0, 0.2, 0, 0, 0])
    raw = signs * q + offsets
    sweeps = [Sweep(n, raw + np.linspace(0, 0.5, 30)[:, None] * (signs * np.eye(7)[n])) for n in range(7)]
    bad = Match(raw + 0.09 * np.eye(7)[5], q)
    found = solve_leader([Match(raw, q)] * 3, sweeps, bad, Grip(np.array([3.4]), np.array([2.7])), leader="right")
    told = text(leader_table(found, config, found.offsets_rad))
    assert "turns the other way" in told and "off by +0.200 rad" in told and told.count("alike") == 5
    assert "grip: 3.400 .. 2.700" in told and "fail joint 6 at the check" in told


def test_latencies_fit_a_terminal_with_what_could_not_be_told() -> None:
    line = Line(name="edge", value=90.0, limit=60.0, unit="us", verdict="warn", remedy="write it")
    found = LatencyResult(
        made=Made(), subject="cameras/front", device={"model": "D455", "mode": "slave", "profile": "640x480@60"},
        constants={"edge_to_exposure_end_us": -41.25}, bounds={"edge_to_exposure_end_us": 63.0}, lines=(line,),
    )  # fmt: skip
    told = text(latency_table([found, NotEnough("right: it hardly moved")]), 80)
    for word in ("D455", "slave", "edge_to_exposure_end_us", "-41.25", "63.00", "write it", "right: it hardly moved"):
        assert word in told
