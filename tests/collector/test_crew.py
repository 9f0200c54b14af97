"""Which processes a rig has, and which of them hang."""

from pathlib import Path
from typing import cast

import pytest

from collector.children import Child
from collector.crew import Crew
from tests.collector.test_teleop_desk import FakeChild
from tests.collector.watch_streams import rig
from tests.robots import franka, robots


def crew_of(name: str, heard_ns: int) -> Crew:
    child = FakeChild(name)
    child.heard_ns, child.ready = heard_ns, True  # type: ignore[attr-defined]
    crew = Crew.__new__(Crew)
    crew.members = {name: cast(Child, child)}
    return crew


def test_a_process_that_says_nothing_for_two_seconds_hangs() -> None:
    crew = crew_of("arm-left", 5_000_000_000)
    assert crew.hung(6_900_000_000) == []
    assert crew.hung(7_100_000_000) == ["arm-left"]


def test_capture_may_wait_for_a_disk_as_long_as_the_rings_hold() -> None:
    crew = crew_of("capture", 5_000_000_000)
    assert crew.hung(8_900_000_000) == []
    assert crew.hung(9_100_000_000) == ["capture"]


def test_far_ends_have_nothing_to_report() -> None:
    assert crew_of("virtual-box", 0).hung(60_000_000_000) == []


def test_who_is_not_ready_yet_is_not_hung() -> None:
    crew = crew_of("leader-left", 0)
    crew.members["leader-left"].ready = False
    assert crew.hung(60_000_000_000) == []


def test_a_real_rig_waits_for_no_far_end(tmp_path: Path) -> None:
    rig = robots({"left": franka("left")}).model_copy(update={"virtual": None})
    crew = Crew(rig, {}, tmp_path)
    assert crew.arms == crew.bases == crew.leaders == []
    assert not crew.ready


def test_whole_pictures_are_asked_of_the_capture_process() -> None:
    crew = crew_of("capture", 0)
    crew.rig = rig()
    look = crew.verbs()["look"]
    assert look(cameras=["front", "wrist"], hz=8)["for_s"] == 2
    assert cast(FakeChild, crew.members["capture"]).asked == [("look", {"cameras": ["front", "wrist"], "hz": 8})]


def test_an_order_for_pictures_that_cannot_be_is_refused_with_what_can() -> None:
    crew = crew_of("capture", 0)
    crew.rig = rig()
    look = crew.verbs()["look"]
    with pytest.raises(ValueError, match="no camera 'top'; this rig has front, side, wrist"):
        look(cameras=["front", "top"])
    for hz in (0, -1, 11, float("nan")):
        with pytest.raises(ValueError, match="at most 10"):
            look(cameras=["front"], hz=hz)
    assert cast(FakeChild, crew.members["capture"]).asked == []
