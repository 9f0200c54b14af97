"""A scripted motion outlives what leads it falling silent, a few times; a robot's own fault it does not."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from collector.calibrate import mount_scripted
from collector.calibrate.mount_capture import Job
from collector.calibrate.mount_scripted import walk
from collector.calibrate.silence import TIMES, only_silent
from collector.playback import PosesOrder
from collector.record import RigFault
from tests.collector.calibrate.fakes import BOARD

POSES = [np.full(7, 0.1 * number) for number in range(5)]
Row = tuple[float, ...]


class Far:
    """The daemon and its rig, as far as it matters here: it goes to way-points until one of its troubles comes."""

    def __init__(self, *troubles: tuple[int, dict[str, Any], dict[str, Any]]) -> None:
        self.troubles = list(troubles)  # at which way-point of all, the session's fault, the arm's status
        self.led: list[tuple[Row, ...]] = []
        self.did: list[str] = []
        self.fault: dict[str, Any] | None = None
        self.arm: dict[str, Any] = {"teleop": "IDLE"}
        self.at = self.all = 0

    def call(self, verb: str, **_: Any) -> dict[str, Any]:
        self.did.append(verb)
        if verb == "reset":
            self.fault, self.arm = None, {"teleop": "IDLE"}
        return self.told

    @property
    def told(self) -> dict[str, Any]:
        of = len(self.led[-1]) if self.led else 1
        replay = {"state": "done" if self.at == of else "paused", "at_s": float(self.at), "of_s": float(of)}
        return {"fault": self.fault, "processes": {"arm-right": self.arm, "leader-right": {"replay": replay}}}

    def status(self) -> dict[str, Any]:
        if self.fault:
            raise RigFault("the session failed")
        return self.told

    def lead(self, order: PosesOrder) -> None:
        self.led.append(order.poses["right"])
        self.at = 0

    def follow(self) -> None:
        if self.arm["teleop"] == "FAULT":
            raise RigFault("it does not follow")
        self.arm = {"teleop": "FOLLOW"}

    def begin_play(self) -> None:
        if self.troubles and self.all == self.troubles[0][0]:
            _, self.fault, self.arm = self.troubles.pop(0)
            return
        self.at, self.all = self.at + 1, self.all + 1

    def rest(self) -> None:
        self.did.append("rest")

    def wait_started(self) -> None:
        self.did.append("started")


SILENT: tuple[dict[str, Any] | None, dict[str, Any]] = (None, {"teleop": "FAULT", "cause": "leader_silent"})
ENDED: tuple[dict[str, Any], dict[str, Any]] = ({"processes": ["leader-right"]}, {"teleop": "HOLD"})


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount_scripted, "_STATUS_S", 0.0)
    monkeypatch.setattr(mount_scripted, "_HEARD_S", 0.0)


def walked(far: Far) -> list[str]:
    said: list[str] = []
    bench: Any = SimpleNamespace(rig=far, client=far, tell=said.append)
    looks: Any = SimpleNamespace(arm=lambda _arm: None, look=lambda _camera: None, wait=lambda: None)
    capture: Any = SimpleNamespace(feed=lambda *_: None, guide=lambda *_: None, judged=True)
    walk(bench, looks, capture, Job(["wrist"], "right", BOARD), POSES, lambda _guide: None, "test")
    return said


def numbers(poses: tuple[Row, ...]) -> list[int]:
    return [round(10 * row[0]) for row in poses]


def test_without_trouble_it_goes_through_all_of_them_once() -> None:
    far = Far()
    assert walked(far) == []
    assert [numbers(poses) for poses in far.led] == [[0, 1, 2, 3, 4]]
    assert far.did == ["rest"]


@pytest.mark.parametrize("trouble", [SILENT, ENDED], ids=["fell silent", "was ended for it"])
def test_after_a_silence_it_goes_on_towards_the_same_way_point(trouble: Any) -> None:
    far = Far((2, *trouble))
    (said,) = walked(far)
    assert [numbers(poses) for poses in far.led] == [[0, 1, 2, 3, 4], [2, 3, 4]]
    assert far.did[-1] == "rest"
    assert "reset" in far.did
    assert said.endswith("; right goes on from where it stands, 3 poses to go")


def test_one_silence_too_many_ends_it() -> None:
    far = Far(*((number, *SILENT) for number in range(TIMES + 1)))
    with pytest.raises(RigFault):
        walked(far)
    assert len(far.led) == TIMES + 1


@pytest.mark.parametrize(
    ("fault", "arm"),
    [
        ({"processes": ["arm-right"]}, {"teleop": "FAULT", "cause": "robot"}),
        ({"processes": ["leader-right", "arm-right"]}, {"teleop": "FAULT", "cause": "leader_silent"}),
        (None, {"teleop": "FAULT", "cause": "robot"}),
    ],
)
def test_a_robot_s_own_fault_is_never_reset(fault: dict[str, Any] | None, arm: dict[str, Any]) -> None:
    far = Far((1, cast(Any, fault), arm))
    with pytest.raises(RigFault):
        walked(far)
    assert "reset" not in far.did


def test_a_rig_where_nothing_failed_is_not_silent() -> None:
    assert not only_silent({"fault": None, "processes": {"arm-right": {"teleop": "FOLLOW"}}})
