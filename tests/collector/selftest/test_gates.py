"""What each gate says of takes that were changed by hand, where no fault of the virtual rig does it."""

from dataclasses import replace

import numpy as np
import pytest

from collector.selftest.check import check
from collector.selftest.evidence import Evidence, Rows
from collector.selftest.gate import Gate
from hardware.config import RigConfig
from hardware.rows import FLASH, PING
from tests.take.take import Take, make_take, strict_rig

Line = tuple[str, str]


@pytest.fixture(scope="module")
def take() -> Take:
    return make_take(5, seconds=12)


def failed(rig: RigConfig, evidence: Evidence) -> set[Line]:
    gates = check(rig, evidence, None, None)
    return {(gate.subject, gate.name) for gate in gates if gate.verdict == "fail"}


def changed(take: Take, stream: str, rows: Rows) -> Evidence:
    return replace(take.evidence, streams={**take.evidence.streams, stream: rows})


def one(gates: list[Gate], subject: str, name: str) -> Gate:
    return next(gate for gate in gates if (gate.subject, gate.name) == (subject, name))


def test_every_failing_gate_tells_what_to_do(take: Take) -> None:
    nothing = Evidence({}, np.zeros(0, PING), np.zeros(0, FLASH))
    gates = check(take.rig, nothing, {}, {})
    assert {gate.verdict for gate in gates} == {"fail"}
    assert all(gate.remedy for gate in gates)


@pytest.mark.parametrize("stream", ["trigger", "cameras/front", "leaders/right", "arms/right"])
def test_a_stream_that_never_came_fails_by_its_name(take: Take, stream: str) -> None:
    left = {name: rows for name, rows in take.evidence.streams.items() if name != stream}
    edge = take.evidence.edge if stream != "trigger" else {}
    evidence = replace(take.evidence, streams=left, edge=edge)
    assert {subject for subject, _ in failed(take.rig, evidence)} == {stream}


@pytest.mark.parametrize("stream", ["trigger", "cameras/side", "leaders/right", "arms/right"])
def test_a_stream_that_ends_early_fails_by_its_name(take: Take, stream: str) -> None:
    rows = take.evidence.streams[stream]
    end = len(rows) * 2 // 3
    edge = dict(take.evidence.edge)
    if stream == "trigger":
        edge = {name: np.where(tied < end, tied, -1) for name, tied in edge.items()}
    elif stream == "cameras/side":
        edge["side"] = edge["side"][:end]
    ended = replace(changed(take, stream, rows[:end]), edge=edge)
    assert {subject for subject, _ in failed(take.rig, ended)} == {stream}


@pytest.mark.parametrize("seconds", [1.0, 2.0, 5.0])
def test_a_short_episode_passes(seconds: float) -> None:
    short = make_take(2, seconds=seconds)
    assert failed(short.rig, short.evidence) == set()


def test_exposures_that_wander_about_the_pulses_are_seen(take: Take) -> None:
    rows = take.evidence.streams["cameras/wrist"].copy()
    rows["ticks"] += np.where(np.arange(len(rows)) % 2, 1500, 0)
    assert failed(take.rig, changed(take, "cameras/wrist", rows)) == {("cameras/wrist", "edge residual")}


def test_a_box_clock_that_is_known_badly_is_seen(take: Take) -> None:
    rows = take.evidence.streams["trigger"].copy()
    rows["u_ns"] = 900_000
    assert failed(take.rig, changed(take, "trigger", rows)) == {("trigger", "clock bound")}


def test_frames_without_the_edge_that_was_there_are_seen(take: Take) -> None:
    edge = take.evidence.edge["side"].copy()
    edge[200:203] = -1
    untied = replace(take.evidence, edge={**take.evidence.edge, "side": edge})
    assert failed(take.rig, untied) == {("cameras/side", "unmatched")}


def test_a_camera_that_could_not_be_tied_at_all_is_seen(take: Take) -> None:
    tied = {name: edge for name, edge in take.evidence.edge.items() if name != "side"}
    assert ("cameras/side", "unmatched") in failed(take.rig, replace(take.evidence, edge=tied))


def test_a_camera_that_is_only_timestamped_is_not_held_to_the_pulses(take: Take) -> None:
    wrist = take.rig.cameras["wrist"].model_copy(update={"sync": "off"})
    rig = take.rig.model_copy(update={"cameras": {**take.rig.cameras, "wrist": wrist}})
    names = {gate.name for gate in check(rig, take.evidence, None, None) if gate.subject == "cameras/wrist"}
    assert not names & {"slaved", "unmatched", "edge residual"}
    assert names >= {"frames", "frames lost", "clock rate", "clock steps"}
    assert failed(rig, take.evidence) == set()


def test_lost_commands_are_seen(take: Take) -> None:
    rows = take.evidence.streams["arms/right"].copy()
    rows["success_rate"] = 0.9
    assert failed(take.rig, changed(take, "arms/right", rows)) == {("arms/right", "commands lost")}


def test_a_controller_that_restarts_steps_its_clock(take: Take) -> None:
    rows = take.evidence.streams["arms/right"].copy()
    rows["ticks"][6000:] -= rows["ticks"][6000] - 1_000_000
    assert failed(take.rig, changed(take, "arms/right", rows)) == {("arms/right", "clock steps")}


def test_slow_baud_shows_as_joint_skew(take: Take) -> None:
    leader = take.rig.leaders["right"].model_copy(update={"baud": 57_600})
    rig = take.rig.model_copy(update={"leaders": {"right": leader}})
    assert failed(rig, take.evidence) == {("leaders/right", "joint skew")}


def test_the_box_counters_are_judged(take: Take) -> None:
    counters = {"sync": {"damaged": 1, "box": {"fifo_overflows": 2, "crc_errors": 0}}}
    found = failed(take.rig, replace(take.evidence, counters=counters))
    assert found == {("trigger", "damaged lines"), ("trigger", "fifo overflows")}


def test_a_box_that_drives_is_held_to_tighter_pulses(take: Take) -> None:
    rows = take.evidence.streams["trigger"].copy()
    rows["ticks"][::2] += 30_000
    listens = one(check(take.rig, changed(take, "trigger", rows), None, None), "trigger", "pulse jitter")
    drive = take.rig.trigger.model_copy(update={"mode": "drive"})
    rig = take.rig.model_copy(update={"trigger": drive})
    drives = one(check(rig, changed(take, "trigger", rows), None, None), "trigger", "pulse jitter")
    assert (listens.verdict, drives.verdict) == ("warn", "fail")


def test_the_limits_are_those_of_the_rig(take: Take) -> None:
    gates = strict_rig().gates.model_copy(update={"clock_bound_us": (1.0, 2.0)})
    rig = take.rig.model_copy(update={"gates": gates})
    assert failed(rig, take.evidence) == {("trigger", "clock bound")}
