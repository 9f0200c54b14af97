"""The page of a self-test: whole in itself, every gate on it, and no plot invented."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from collector.report.selftest_page import selftest_page
from collector.selftest.evidence import Evidence, MarkerTrack, Rows
from collector.selftest.gate import Gate
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen, fit_led
from collector.selftest.result import SelfTest
from hardware import rows
from tests.collector.selftest.led_sim import look
from tests.synthetic import SyntheticRig

GATES = [
    Gate("trigger", "clock bound", 84.2, "us", 150, 500, "put the box on a USB port of its own"),
    Gate("cameras/front", "frames lost", 3, "", 1, 2, "use another USB <controller>"),
    Gate("trigger", "disk", 70, "MB/s", 100, 40, "use a faster disk"),
    Gate("cameras/side", "LED identity", float("nan"), "frames", 0, 0, "turn the LED to the camera"),
]


def evidence() -> Evidence:
    rng = np.random.default_rng(5)
    rig = SyntheticRig(rng, 3.0)
    edges, _ = rig.edges()
    frames, _ = rig.frames(rng)
    arm, _ = rig.arm(rng)
    leader, _ = rig.leader(rng)
    streams: dict[str, Rows] = {
        "trigger": edges,
        "cameras/front": frames,
        "arms/right": arm,
        "leaders/right": leader,
        "commands/right": rig.commands(),
    }
    seen = np.arange(0, len(frames), 2)
    corners = 200 + 50 * np.sin(seen / 20)[:, None, None] + np.array([[0, 0], [9, 0], [9, 9], [0, 9]])
    return Evidence(
        streams,
        rig.pings(),
        look(0).flashes,
        edge={"front": np.arange(len(frames))},
        markers={"front": [MarkerTrack(7, seen, corners)]},
    )


def make_test() -> SelfTest:
    found = evidence()
    seen = look(3, error_ns=80_000)
    fit = fit_led(seen.trace, seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit)
    track = found.markers["front"][0]
    t_ns = found.streams["cameras/front"]["t_ns"][track.frame]
    lag = LagFit("front", "right", 120_000, 40_000, 0.2, 70.0, 0.999, (7,), t_ns, np.full(len(t_ns), 0.2))
    return SelfTest(
        GATES,
        found,
        {"front": fit, "side": NotSeen("nothing blinks: turn the LED to it")},
        {("front", "right"): lag, ("side", "right"): NotEnough("no marker was seen: mount tag 40 on the hand")},
        {"rig": "cell <3>", "seconds": "30"},
    )


@pytest.fixture(scope="module")
def page() -> str:
    return selftest_page(make_test())


def test_needs_nothing_but_itself(page: str) -> None:
    assert "<script" not in page
    assert "<link" not in page
    for line in page.splitlines():
        assert "http" not in line or "xmlns" in line
        assert "src=" not in line


def test_is_well_formed(page: str) -> None:
    body = page[page.index("<body>") : page.index("</html>")]
    assert ET.fromstring(body).tag == "body"


def test_shows_each_gate_with_its_verdict_grouped_by_subject(page: str) -> None:
    assert page.count('colspan="6"') == 3
    assert page.index(">clock bound<") < page.index(">disk<") < page.index(">frames lost<")
    for gate in GATES:
        assert f"<td>{gate.name}</td>" in page
    assert page.count("not measured") == 1
    assert "&gt; 500" in page
    assert "&lt; 40" in page
    assert "1 of 4 gates pass, 1 warn, 2 fail: cameras/front: frames lost; cameras/side: LED identity." in page


def test_remedies_stand_where_they_are_needed_and_text_is_escaped(page: str) -> None:
    assert "use another USB &lt;controller&gt;" in page
    assert "put the box on a USB port of its own" not in page
    assert "cell &lt;3&gt;" in page


def test_plots_what_was_measured_and_says_what_was_not(page: str) -> None:
    assert page.count("<svg") == 6
    assert "nothing blinks: turn the LED to it" in page
    assert "no marker was seen: mount tag 40 on the hand" in page
    assert "Lag +0.120 ± 0.040 ms" in page


def test_a_test_that_measured_nothing_still_makes_a_page() -> None:
    pings, flashes = np.zeros(0, rows.PING), np.zeros(0, rows.FLASH)
    page = selftest_page(SelfTest([GATES[3]], Evidence({}, pings, flashes), {}, {}))
    assert "<svg" not in page
    assert page.count("Nothing was measured.") == 5
