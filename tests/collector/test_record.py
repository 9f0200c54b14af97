"""What a headless client makes of a take that ended before it asked for the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from collector.control import Client, DaemonError
from collector.record import Rig, RigFault
from collector.recorded import Recorded, Take
from tests.collector.session_rig import TASK

LAST = {
    "uuid": "u", "path": "data/episode_000007.journal", "status": "truncated", "seconds": 3.5, "stop_to_ready_s": 0.02,
    "rows": {"trigger": 7}, "gaps": {"cameras/front": 4}, "problem": "the disk was full",
}  # fmt: skip
PAUSED = "disk full; free 64 MB within 8 s, or this take ends here (kept, truncated)"


class Daemon:
    """Records for two looks, paused in the second; then the take is over and there is nothing to stop."""

    def __init__(self, last: Mapping[str, Any]) -> None:
        self._last, self._looks = last, 0

    def call(self, verb: str, **_: Any) -> dict[str, Any]:
        if verb == "stop":
            raise DaemonError("stop is possible in RECORDING; the session is REVIEW")
        self._looks += 1
        running = self._looks <= 2
        recording = {"paused": PAUSED if self._looks == 2 else ""} if running else None
        processes = {"capture": {"ready": True, "cpu_s": 1.0, "recording": recording}}
        state = "RECORDING" if running else "REVIEW"
        return {"state": state, "processes": processes, "cpu_s": 0.5, "last": None if running else self._last}


def watched(last: Mapping[str, Any]) -> tuple[Rig, list[str]]:
    said: list[str] = []
    return Rig(cast(Client, Daemon(last)), lambda what, share: said.append(what)), said


def test_a_take_that_ended_by_itself_is_brought_home_with_its_reason() -> None:
    rig, said = watched(LAST)
    take = Take("u", 0.0, rig.status())
    rig.wait(take, float("inf"), "episode 1 of 1")
    done = rig.finish(take)
    assert said == [f"paused: {PAUSED}"]
    assert (done.status, done.problem) == ("truncated", "the disk was full")
    assert (done.path, done.stop_to_ready_s) == (Path("data/episode_000007.hdf5"), 0.02)
    assert done.gaps == {"cameras/front": 4}


def test_another_take_is_not_taken_for_it() -> None:
    rig, _ = watched(LAST | {"uuid": "another"})
    take = Take("u", 0.0, rig.status())
    rig.wait(take, float("inf"), "episode 1 of 1")
    with pytest.raises(DaemonError, match="stop is possible in RECORDING"):
        rig.finish(take)


def test_a_device_that_fails_just_before_a_request_is_what_the_operator_is_told() -> None:
    """Not that the request does not fit the state."""
    looks = iter(["IDLE", "FAULT"])

    class Failing:
        def call(self, verb: str, **_: Any) -> dict[str, Any]:
            if verb == "arm":
                raise DaemonError("arm is possible in IDLE; the session is FAULT")
            return {"state": next(looks), "fault": {"message": "cameras.front: no frame for 1 s; check its cable"}}

    with pytest.raises(RigFault, match="check its cable"):
        Rig(cast(Client, Failing()), lambda what, share: None).arm("record")


class Held:
    """A robot that stops following in the third look: the leader is silent. With `fault`, its bus was unplugged."""

    def __init__(self, fault: str = "", holds: Mapping[str, int] = {}) -> None:
        self._fault, self._holds, self._looks = fault, holds, 0
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, verb: str, **words: Any) -> dict[str, Any]:
        self.asked.append((verb, words))
        match verb:
            case "start":
                return {"uuid": "u"}
            case "stop":
                return LAST | {"status": "complete", "problem": "", "teleop": {"right": {"holds": self._holds}}}
            case _:
                return self._status()

    def _status(self) -> dict[str, Any]:
        self._looks += 1
        holds = self._looks > 3 and not self._holds
        failed = holds and self._fault and self._looks > 6
        arm = {
            "ready": True,
            "teleop": "HOLD" if holds else "FOLLOW",
            "reason": "The leader is silent." if holds else "",
        }
        return {
            "state": "FAULT" if failed else "RECORDING", "fault": {"message": self._fault} if failed else None,
            "processes": {"arm-right": arm}, "cpu_s": 0.5, "last": None,
        }  # fmt: skip

    def said(self, verb: str) -> list[dict[str, Any]]:
        return [words for asked, words in self.asked if asked == verb]


def record(daemon: Held, seconds: float) -> Recorded:
    return Rig(cast(Client, daemon), lambda what, share: None).record(TASK, seconds, "episode 1 of 1", {})


def test_a_robot_that_stops_following_ends_the_take_as_a_failure_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.record._FAULT_S", 0.2)
    done = record(daemon := Held(), float("inf"))
    assert (done.status, done.ending) == ("complete", "failure")
    assert "The leader is silent." in done.problem
    (labels,) = [words["labels"] for words in daemon.said("stop")]
    assert labels == {"outcome": "failure", "note": done.problem}


def test_a_robot_that_held_where_nobody_looked_makes_the_take_a_failure_too() -> None:
    done = record(daemon := Held(holds={"workspace": 1}), 0.0)
    assert (done.ending, done.problem) == ("failure", "right stopped following (workspace)")
    assert daemon.said("label") == [{"episode": "u", "outcome": "failure", "note": done.problem}]


def test_a_device_that_failed_is_named_although_the_robots_held_first() -> None:
    with pytest.raises(RigFault, match=r"leaders\.right: no answer; check its plug"):
        record(Held("leaders.right: no answer; check its plug"), float("inf"))


def test_a_robot_that_followed_to_the_end_leaves_the_outcome_to_others() -> None:
    done = record(daemon := Held(), 0.0)
    assert (done.ending, done.problem, daemon.said("label")) == ("complete", "", [])
