"""A follower that is sent somewhere gets there, or the fault is told; a camera's fault alone does not stop it."""

from typing import Any, cast

import numpy as np
import pytest

from collector.calibrate import goes
from collector.calibrate.goes import follower_goes
from collector.playback import PosesOrder
from collector.record import RigFault


class Daemon:
    """Faults of these processes come one after the other, each as the follower is about to go."""

    def __init__(self, *faults: str) -> None:
        self.coming, self.fault, self.did = list(faults), dict[str, Any](), list[str]()

    def call(self, verb: str, **_: Any) -> dict[str, Any]:
        self.did.append(verb)
        if verb == "reset":
            self.fault = {}
        return {"fault": self.fault or None, "processes": {}}


class Followers:
    """collector.record.Rig as far as it matters here."""

    def __init__(self, client: Daemon, _progress: Any) -> None:
        self._daemon = client

    def status(self) -> dict[str, Any]:
        return self._daemon.call("status")

    def wait_started(self) -> None:
        self._daemon.did.append("started")

    def lead(self, order: PosesOrder | None) -> None:
        self._daemon.did.append("lead" if order else "lead none")
        if order and self._daemon.coming:
            self._daemon.fault = {"processes": [self._daemon.coming.pop(0)]}
            raise RigFault("it has failed; put it right")

    def follow(self) -> None:
        self._daemon.did.append("follow")

    def play(self, _title: str) -> None:
        self._daemon.did.append("play")

    def rest(self) -> None:
        self._daemon.did.append("rest")


@pytest.fixture(autouse=True)
def followers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goes, "Rig", Followers)


def went(daemon: Daemon) -> list[str]:
    follower_goes(cast(Any, daemon), "right", lambda _what: None)(np.zeros(7))
    return [verb for verb in daemon.did if verb != "status"]


def test_it_goes_rests_and_nobody_leads_it_any_more() -> None:
    assert went(Daemon()) == ["lead", "follow", "play", "rest", "lead none"]


def test_a_camera_s_fault_is_reset_and_it_goes_all_the_same() -> None:
    assert went(Daemon("capture"))[:3] == ["lead", "reset", "started"]


def test_a_camera_that_fails_again_and_again_is_told() -> None:
    with pytest.raises(RigFault, match="put it right"):
        went(Daemon("capture", "capture", "capture"))


def test_what_leads_it_fell_silent_and_it_goes_on_from_where_it_stands() -> None:
    assert went(Daemon("leader-right"))[:4] == ["lead", "reset", "started", "lead"]


def test_an_arm_s_fault_is_never_reset() -> None:
    daemon = Daemon("arm-right")
    with pytest.raises(RigFault):
        went(daemon)
    assert "reset" not in daemon.did
