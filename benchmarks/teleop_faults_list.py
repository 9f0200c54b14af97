"""What goes wrong, what it is called, and by when the robot must be held: one Case each."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.teleop_limits_rig import Running
from hardware.config import RigConfig

STOP_MS = 150.0
"""From HOLD to a reference at rest."""

_LOOP_MS = 25.0  # an arm looks for verbs every 20 ms
_TICK_MS = 60.0  # the daemon's own beat, 50 ms, and its answer
_LOST_MS = 20.0  # commands missed in a row: libfranka docs/network_requirements.rst
_BRAKE_MS = 150.0  # of the robot's own stop

Begin = Callable[[Running], None]
Milliseconds = Callable[[RigConfig], float]


def _nothing(rig: Running) -> None:
    """Nothing is to be undone."""


def _clear(rig: Running) -> None:
    rig.client.call("inject", faults=[])


@dataclass(frozen=True, slots=True)
class Case:
    """held: the states that must come (of the arm HOLD, FAULT; of the session FAULT; of the robot its own stop),
    empty where the arm follows on. named: words of which one must be in the reason told. hold_ms: from the cause to
    the state. by: where that deadline comes from. cause: what the time counts from. deaf: the daemon is not asked
    meanwhile. ends: nothing is left to engage again.
    """

    name: str
    lab: str
    begin: Begin
    named: tuple[str, ...]
    hold_ms: Milliseconds
    by: str
    undo: Begin = _clear
    held: frozenset[str] = frozenset({"HOLD", "FAULT"})
    cause: str = "begin"
    deaf: bool = False
    ends: bool = False
    sets: tuple[str, ...] = field(default=())


def inject(kind: str, size: float = 0.0, for_s: Callable[[RigConfig], float] = lambda rig: 1e6) -> Begin:
    """A fault of the virtual rig."""

    def begin(rig: Running) -> None:
        rig.client.call("inject", faults=[{"kind": kind, "size": size, "for_s": for_s(rig.config)}])

    return begin


def to_process(name: str, signum: signal.Signals) -> Begin:
    """A signal to one of the daemon's processes."""

    def begin(rig: Running) -> None:
        os.kill(rig.pids[name], signum)

    return begin


def _stopped(process: str, lab: str, named: tuple[str, ...], ms: Milliseconds, by: str, *, deaf: bool = False) -> Case:
    return Case(
        f"stopped_{process.partition('-')[0]}",
        lab,
        to_process(process, signal.SIGSTOP),
        named,
        ms,
        by,
        undo=_go_on(process),
        deaf=deaf,
    )


def _go_on(process: str) -> Begin:
    def undo(rig: Running) -> None:
        try:
            os.kill(rig.pids[process], signal.SIGCONT)
        except ProcessLookupError:  # the daemon has ended it meanwhile
            return

    return undo


def _client_gone(rig: Running) -> None:
    rig.guardian.close()


def _stale(name: str, lab: str, outage_ms: Milliseconds, named: tuple[str, ...], ms: Milliseconds, by: str) -> Case:
    return Case(
        name,
        lab,
        inject("bus_dead", for_s=lambda rig: outage_ms(rig) * 1e-3),
        named,
        ms,
        by,
        held=frozenset() if name == "stale_coast" else frozenset({"HOLD", "FAULT"}),
    )


_SILENT = ("silent",)

CASES: tuple[Case, ...] = (
    Case(
        "leader_unplugged",
        "The leader's USB plug is pulled",
        inject("bus_dead"),
        (*_SILENT, "dead"),
        lambda rig: rig.teleop.hold_ms,
        "teleop.hold_ms",
    ),
    _stale(
        "stale_coast",
        "The leader is silent for longer than coast_ms, shorter than hold_ms",
        lambda rig: 0.7 * rig.teleop.coast_ms + 0.3 * rig.teleop.hold_ms,
        (),
        lambda rig: rig.teleop.coast_ms,
        "teleop.coast_ms: it brakes, and follows on",
    ),
    _stale(
        "stale_hold",
        "The leader is silent for longer than hold_ms, shorter than fault_ms",
        lambda rig: 0.7 * rig.teleop.hold_ms + 0.3 * rig.teleop.fault_ms,
        _SILENT,
        lambda rig: rig.teleop.hold_ms,
        "teleop.hold_ms",
    ),
    _stale(
        "stale_fault",
        "The leader is silent for longer than fault_ms",
        lambda rig: 1.3 * rig.teleop.fault_ms,
        _SILENT,
        lambda rig: rig.teleop.hold_ms,
        "teleop.hold_ms; FAULT after teleop.fault_ms",
    ),
    Case(
        "arm_blocked",
        "Something holds the arm where it is",
        inject("arm_blocked"),
        ("behind", "reflex"),
        lambda rig: 100.0,
        "100 ms above teleop.tracking_rad, or the robot's own collision thresholds",
        cause="tracking",
    ),
    Case(
        "reflex",
        "The robot stops by itself",
        inject("robot_reflex", for_s=lambda rig: 0.5),
        ("reflex",),
        lambda rig: _TICK_MS,
        "the robot's own; told with the next state",
        held=frozenset({"robot", "FAULT", "session FAULT"}),
    ),
    Case(
        "joint_limit",
        "The hands push the first joint far beyond its end",
        inject("hands_astray", size=3.4),
        ("away", "beyond"),
        lambda rig: 100.0,
        "100 ms of a leader beyond a joint's end; at once where it is teleop.refuse_rad away",
        cause="away",
    ),
    Case(
        "table",
        "The hands press the gripper on the table",
        inject("hands_low", size=0.12),
        ("behind", "reflex", "workspace", "away"),
        lambda rig: _TICK_MS,
        "collision_force and collision_torque, by the robot itself",
        held=frozenset({"robot", "HOLD", "FAULT", "session FAULT"}),
        cause="touch",
    ),
    Case(
        "daemon_killed",
        "SIGKILL to the daemon",
        to_process("daemon", signal.SIGKILL),
        (),
        lambda rig: _LOOP_MS,
        "the arm sees its pipe broken when it next looks for verbs",
        undo=_nothing,
        deaf=True,
        ends=True,
    ),
    Case(
        "client_killed",
        "The client that engaged is killed",
        _client_gone,
        ("Released", "gone"),
        lambda rig: _TICK_MS + _LOOP_MS,
        "the daemon's tick, then the arm's next look for verbs",
        undo=_nothing,
    ),
    _stopped(
        "arm-right",
        "SIGSTOP to the arm's process",
        ("answering", "communication_constraints_violation"),
        lambda rig: _LOST_MS + _TICK_MS,
        "20 commands lost in a row: the robot's own stop",
    ),
    _stopped(
        "leader-right",
        "SIGSTOP to the leader's process",
        (*_SILENT, "answering"),
        lambda rig: rig.teleop.hold_ms,
        "teleop.hold_ms",
    ),
    _stopped(
        "gripper-right",
        "SIGSTOP to the gripper's process",
        ("answering", "restart"),
        lambda rig: 4000.0,
        "the daemon replaces a silent gripper process",
    ),
    _stopped(
        "capture",
        "SIGSTOP to the capture process",
        ("answering",),
        lambda rig: 4000.0 + _TICK_MS + _LOOP_MS,
        "the daemon's patience: the rings hold 4 s",
    ),
    _stopped(
        "sync",
        "SIGSTOP to the trigger box's process",
        ("answering",),
        lambda rig: 4000.0 + _TICK_MS + _LOOP_MS,
        "the daemon's patience: the rings hold 4 s",
    ),
    _stopped(
        "daemon",
        "SIGSTOP to the daemon",
        ("daemon",),
        lambda rig: rig.teleop.heartbeat_ms,
        "teleop.heartbeat_ms",
        deaf=True,
    ),
)
