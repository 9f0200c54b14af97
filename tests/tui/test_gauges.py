"""Gauges: what is amiss is seen first, also without colour, and every line keeps to its width."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.tui.widgets.gauges import bar, level, sided_bar, sparkline, worst
from collector.tui.widgets.gauges_arm import joint_line, joint_lines, joints_word, lag_line, wrench_limits, wrench_lines
from collector.tui.widgets.gauges_budget import (
    Budget,
    Losses,
    budget,
    budget_line,
    budget_lines,
    budget_word,
    budgets,
    nominal_hz,
)
from hardware.config import RigConfig
from hardware.load import load
from tests.tui.statuses import status

RIG = load(RigConfig, Path("configs/rigs/virtual.yaml"))
STREAMS = status("RECORDING").streams
FORCE = wrench_limits(RIG.followers["right"]) or ()


def of(stream: str, lost: int = 0, seconds: float = 10.0, **changes: Any) -> Budget:
    return budget(stream, {**STREAMS[stream], **changes}, RIG, lost, seconds)


@given(st.floats(-1, 2), st.integers(1, 40))
def test_a_bar_has_its_length(share: float, cells: int) -> None:
    assert len(bar(share, cells)) == len(bar(share, cells, 0.4)) == cells


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 40))
def test_more_is_never_shown_as_less(one: float, other: float, cells: int) -> None:
    less, more = sorted((one, other))
    assert len(bar(less, cells).rstrip("·")) <= len(bar(more, cells).rstrip("·"))


def test_a_limit_is_seen_on_a_bar_whether_it_is_passed_or_not() -> None:
    assert bar(0.25, 8, 0.5) == "██··│···"
    assert bar(1.0, 8, 0.5) == "████┃███"


def test_a_sided_bar_goes_from_the_middle() -> None:
    assert sided_bar(-0.5, 4) == "··██│····"
    assert sided_bar(1.5, 4) == "····│████"
    assert sided_bar(float("nan"), 2) == "··│··"


def test_a_sparkline_is_as_long_as_its_room_and_shows_gaps() -> None:
    assert sparkline([1, None, 50, 100, 500], 8, 100.0) == "   ▁ ▄██"
    assert sparkline(list(range(100)), 3, 100.0) == "███"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "none"), (float("nan"), "none"), (-1.0, "ok"), (-1.1, "warn"), (2.5, "fail")]
)
def test_levels_go_by_size(value: float | None, expected: str) -> None:
    assert level(value, (1.0, 2.0)) == expected


def test_the_worst_level_counts() -> None:
    assert worst(["ok", "warn", "none"]) == "warn"
    assert worst([]) == "none"


def test_every_stream_of_a_good_rig_is_in_its_budget() -> None:
    found = budgets(STREAMS, RIG, Losses(), 10.0)
    assert {one.level for one in found} <= {"ok", "none"}
    assert all(one.share < 0.5 for one in found)
    assert "7 streams in budget" in budget_word(found).plain


@pytest.mark.parametrize(
    ("stream", "lost", "changes", "expected"),
    [
        ("cameras/front", 0, {"offset_us": -180.0}, "warn"),
        ("cameras/front", 0, {"offset_us": 501.0}, "fail"),
        ("cameras/front", 1, {}, "warn"),
        ("cameras/front", 3, {}, "fail"),
        ("cameras/front", 0, {"rate_hz": 59.9}, "ok"),
        ("cameras/front", 0, {"rate_hz": 55.0}, "fail"),
        ("trigger", 1, {}, "fail"),
        ("trigger", 0, {"bound_us": 200.0}, "warn"),
        ("leaders/right", 3, {}, "ok"),
        ("leaders/right", 40, {}, "warn"),
        ("arms/right", 100, {}, "ok"),
        ("arms/right", 3000, {}, "fail"),
        ("arms/right", 0, {"bound_us": 2600.0}, "fail"),
        ("grippers/right", 50, {"rate_hz": 1.0, "age_s": 3.0}, "none"),  # a hand says nothing while it moves
    ],
)
def test_a_stream_is_judged_by_the_rigs_gates(stream: str, lost: int, changes: dict[str, Any], expected: str) -> None:
    assert of(stream, lost, **changes).level == expected


def test_a_silent_stream_says_so_and_what_to_look_at() -> None:
    line = budget_line(of("cameras/front", age_s=2.1), 60).plain
    assert line.startswith("Xfront")
    assert "silent for 2.1 s; check cable, hub, sync line" in line
    assert "nothing came yet" in budget_line(of("leaders/right", age_s=None), 60).plain


def test_what_is_amiss_leads_the_word() -> None:
    found = (of("trigger"), of("cameras/front", 3), of("cameras/side", age_s=0.9), of("leaders/right", 40))
    assert budget_word(found).plain == "X front 3 lost; side silent for 0.9 s; check cable, hub, sync line"
    assert "no stream yet" in budget_word(()).plain


@given(st.integers(20, 120))
def test_lines_keep_to_their_width_and_what_is_amiss_stays(width: int) -> None:
    amiss = of("cameras/front", 0, offset_us=-730.0)
    for line in budget_lines([*budgets(STREAMS, RIG, Losses(), 9.0), amiss], width).plain.split("\n"):
        assert len(line) <= width
    if width >= 30:
        assert "-730 us" in budget_line(amiss, width).plain


def test_figures_stand_below_each_other() -> None:
    lines = budget_lines(budgets(STREAMS, RIG, Losses(), 9.0), 80).plain.split("\n")
    assert len({line.index("lost") for line in lines}) == 1
    assert len({line.index("Hz") for line in lines}) == 1


def test_losses_count_from_the_mark() -> None:
    losses = Losses()
    losses.mark({"cameras/front": {"drops": 7}}, 100.0)
    assert losses.of("cameras/front", 9) == 2
    assert losses.of("cameras/front", 1) == 1  # its process began anew
    assert losses.of("cameras/new", 4) == 4
    assert (losses.seconds(130.0), losses.seconds(100.0)) == (30.0, 1.0)


@pytest.mark.parametrize(
    ("stream", "hz"),
    [("trigger", 60.0), ("cameras/front", 60.0), ("leaders/right", 200.0), ("arms/right", 1000.0),
     ("grippers/right", None), ("cameras/unknown", None)],
)  # fmt: skip
def test_the_configuration_tells_what_rate_is_asked(stream: str, hz: float | None) -> None:
    assert nominal_hz(stream, RIG) == hz


def test_joints_show_how_far_they_are_and_what_must_be_reached() -> None:
    lines = joint_lines([0.1, -0.35, None, 1.2], RIG.teleop, 26).plain.split("\n")
    assert [line[0] for line in lines] == [" ", "!", " ", "X"]
    assert [line.strip().split(" ")[-1] for line in lines] == ["+0.10", "-0.35", "-", "+1.20"]
    assert {len(line) for line in lines} == {26}
    assert len({line.replace("┃", "│").index("│") for line in lines if "-" not in line[-2:]}) == 1


@given(st.floats(-3, 3), st.integers(12, 60))
def test_a_joints_line_keeps_to_its_width(error: float, width: int) -> None:
    assert len(joint_line(1, error, RIG.teleop, width).plain) <= max(width, 13)


def test_the_worst_joint_is_told_with_the_way_to_turn_it() -> None:
    assert joints_word([0.1, -0.5, 0.2], RIG.teleop).plain == "! turn leader joint 2 by +29 deg"
    assert joints_word([0.1, 1.0], RIG.teleop).plain == "X turn leader joint 2 by -57 deg"
    assert joints_word([0.1, -0.2], RIG.teleop).plain == "aligned"
    assert joints_word([None, None], RIG.teleop).plain == "no leader seen yet"


def test_a_wrench_is_told_against_what_stops_the_robot() -> None:
    force, moment = wrench_lines(np.array([12.0, -30.0, 3.0, 0.5, -1.0, 31.0]), FORCE, 50).plain.split("\n")
    assert force.startswith("!F")
    assert force.endswith("   32 N")
    assert moment.startswith("XM")
    assert "31.0 Nm" in moment
    assert "███│" in force


def test_a_wrench_that_nobody_knows_is_not_invented() -> None:
    for line in wrench_lines(None, FORCE, 50).plain.split("\n"):
        assert "█" not in line
        assert line.endswith("-")


def test_a_servo_arm_has_no_wrench() -> None:
    bimanual = load(RigConfig, Path("configs/rigs/aloha_bimanual.yaml"))
    assert [wrench_limits(follower) for follower in bimanual.followers.values()] == [None, None]


@pytest.mark.parametrize(("lag", "mark"), [(30.0, " "), (60.0, "!"), (120.0, "X")])
def test_a_lag_line_tells_now_and_lately(lag: float, mark: str) -> None:
    line = lag_line([10.0, 20.0, lag], {"p95_ms": 8.0, "max_ms": 140.0}, 50).plain
    assert line.startswith(f"{mark}lag {lag:3.0f} ms ")
    assert line.endswith(" p95 8 max 140")
    assert len(line) == 50


def test_a_lag_line_without_room_tells_now_and_without_lag_nothing() -> None:
    assert lag_line([30.0], {"p95_ms": 8.0, "max_ms": 14.0}, 14).plain == " lag  30 ms  ▃"
    assert lag_line([30.0, None], {"p95_ms": 8.0, "max_ms": 14.0}, 50).plain == "lag -"
    assert lag_line([], {}, 50).plain == "lag -"
