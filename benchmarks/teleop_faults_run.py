"""One fault on one running rig: what followed, when, and by whose word."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.teleop_faults_list import STOP_MS, Case
from benchmarks.teleop_limits_audit import Sent, done, paired, told
from benchmarks.teleop_limits_rig import Rows, Running
from collector.control import DaemonError
from collector.record import RigFault
from collector.teleop.engage import State
from hardware.arms.models import arm_model
from hardware.samples import monotonic_ns
from hardware.virtual.truth import Told

_STILL_RAD_S = 0.03  # of the real joints: at rest
_SENT_STILL_RAD = 1e-7  # a cycle: the reference is at rest
_BRISK_RAD_S = 0.25  # a fault comes while the robot moves
_AFTER_S = 2.0  # what is looked at after the state, to see it rest
_PATIENCE_S = 9.0  # until the state
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times in ms from the cause, NaN where it never came. breaches: of any limit, from the fault to rest."""

    name: str
    lab: str
    state: str
    reason: str
    hold_ms: float
    deadline_ms: float
    by: str
    sent_rest_ms: float
    robot_rest_ms: float
    named: bool
    breaches: int
    again: str
    again_ok: bool = False
    problem: str = ""
    breached: str = ""

    @property
    def good(self) -> bool:
        """Held and at rest in time (or followed on, where it should), named, inside limits, back only through ALIGN."""
        in_time = self.state == "follows" or (self.hold_ms <= self.deadline_ms and not self.sent_rest_ms > STOP_MS)
        return in_time and self.named and self.breaches == 0 and not self.problem and self.again_ok


def run(case: Case, rig: Running, follower: str, slack_ms: float) -> Outcome:
    """Follow, break, watch, mend, engage again."""
    rig.operator.follow()
    _until_brisk(rig, follower)
    begin_ns = monotonic_ns()
    case.begin(rig)
    seen = _watch(case, rig, follower, begin_ns)
    found = _measure(case, rig, follower, begin_ns, seen, slack_ms)
    if case.deaf and not case.ends:  # asked now, what it would have said
        case.undo(rig)
        reason = _last_reason([_word(rig.status(), follower)])
        found = replace(found, reason=reason, named=any(word in reason for word in case.named))
    again, proper = _engage_again(case, rig, follower, begin_ns)
    return replace(found, again=again, again_ok=proper)


@dataclass(frozen=True, slots=True)
class _Word:
    """What the daemon said at an instant."""

    t_ns: int
    session: str
    teleop: str
    reason: str


def _until_brisk(rig: Running, follower: str) -> None:
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        recent = rig.streams[f"arms/{follower}"].rows(monotonic_ns() - 300_000_000)
        if len(recent) and float(np.abs(recent["dq"][-1]).max()) > _BRISK_RAD_S:
            return
        time.sleep(_POLL_S)


def _watch(case: Case, rig: Running, follower: str, begin_ns: int) -> list[_Word]:
    """Until the state has come and all had time to rest."""
    words: list[_Word] = []
    deadline, over = time.monotonic() + _PATIENCE_S, float("inf")
    while time.monotonic() < min(deadline, over):
        if not case.deaf:
            words.append(_word(rig.status(), follower))
        if over == float("inf") and _state_at(case, rig, follower, begin_ns, words)[0] is not None:
            over = time.monotonic() + _AFTER_S
        time.sleep(_POLL_S if not case.deaf else 0.2)
    return words


def _word(status: dict[str, Any], follower: str) -> _Word:
    arm = status["processes"][f"arm-{follower}"]
    fault = str(status["fault"]["message"]) if status["fault"] else ""
    reason = "; ".join(text for text in (fault, status["notice"], str(arm.get("reason", ""))) if text)
    return _Word(monotonic_ns(), status["state"], str(arm.get("teleop", "")), reason)


def _state_at(
    case: Case, rig: Running, follower: str, begin_ns: int, words: Iterable[_Word]
) -> tuple[int | None, str, str]:
    """When the first of the states that count was entered, which, and the reason given with it."""
    entered: list[tuple[int, str]] = []
    rows = rig.streams[f"commands/{follower}"].rows(begin_ns)
    stopped = rows[(rows["t_ns"] > begin_ns) & ((rows["state"] == State.HOLD) | (rows["state"] == State.FAULT))]
    if len(stopped):
        entered.append((int(stopped["t_ns"][0]), State(int(stopped["state"][0])).name))
    motion = rig.motion(follower)
    own = motion[(motion["t_ns"] > begin_ns) & (motion["told"] == Told.REFLEX)]
    if len(own):
        entered.append((int(own["t_ns"][0]), "robot"))
    said = [word for word in words if word.t_ns > begin_ns]
    entered += [(word.t_ns, "session FAULT") for word in said if word.session == "FAULT"][:1]
    if not entered:
        return None, "", _last_reason(said)
    fitting = [found for found in entered if found[1] in case.held or found[1] == "robot"]
    at_ns, state = min(fitting or entered)
    return at_ns, state, _last_reason([word for word in said if word.t_ns <= at_ns + int(_AFTER_S * 1e9)])


def _last_reason(words: list[_Word]) -> str:
    reasons = list(dict.fromkeys(word.reason for word in words if word.reason and word.reason != "Following."))
    return reasons[0] if len(reasons) == 1 else " / ".join(reasons[:3])


def _measure(case: Case, rig: Running, follower: str, begin_ns: int, words: list[_Word], slack_ms: float) -> Outcome:
    config = rig.config.followers[follower]
    # Commands first: each must have its state.
    commands = rig.streams[f"commands/{follower}"].rows(begin_ns - 1_000_000_000)
    states = rig.streams[f"arms/{follower}"].rows(begin_ns - 2_000_000_000)
    sent = paired(commands, states, config)
    motion = rig.motion(follower)
    motion = motion[motion["t_ns"] > begin_ns - 500_000_000]
    at_ns, state, reason = _state_at(case, rig, follower, begin_ns, words)
    cause_ns = _cause(case, rig, follower, (begin_ns, at_ns or begin_ns), states, sent)
    arm = arm_model(config.arm)
    passed = [peak for peak in (*told(sent, arm), *done(motion, arm)) if peak.breaches]
    lasting = not case.held
    return Outcome(
        case.name,
        case.lab,
        state or ("follows" if lasting else "none"),
        reason,
        float("nan") if at_ns is None else max(at_ns - cause_ns, 0) * 1e-6,
        case.hold_ms(rig.config) + slack_ms,
        case.by,
        float("nan") if lasting or at_ns is None else _sent_rest(sent, at_ns),
        float("nan") if lasting or at_ns is None else _robot_rest(motion, cause_ns),
        not case.named or any(word in reason for word in case.named),
        sum(peak.breaches for peak in passed),
        "",
        breached=", ".join(f"{peak.what} {peak.share:.0%} of joint {peak.joint}" for peak in passed),
        problem=_problem(lasting, state, case),
    )


def _problem(lasting: bool, state: str, case: Case) -> str:
    if lasting:
        return "" if not state else f"it stopped ({state}) though the outage is short"
    if not state:
        return "nothing stopped it"
    return "" if state in case.held or state == "robot" else f"{state} is none of {sorted(case.held)}"


def _cause(case: Case, rig: Running, follower: str, span_ns: tuple[int, int], states: Rows, sent: Sent) -> int:
    """The instant that the deadline counts from. span_ns: from the fault to the state that it ended in."""
    config, begin_ns = rig.config.followers[follower], span_ns[0]
    after = states[states["t_ns"] > begin_ns]
    match case.cause:
        case "tracking":
            at = np.searchsorted(sent.t_ns, after["t_arrival_ns"]) - 1
            error = np.abs(sent.q[at.clip(min=0)] - after["q"]).max(axis=1)
            return _first(after, error > rig.config.teleop.tracking_rad, begin_ns)
        case "away":
            leader = rig.streams[f"leaders/{config.leader}"].rows(begin_ns - 500_000_000)
            at = np.searchsorted(leader["t_arrival_ns"], after["t_arrival_ns"]) - 1
            led, limits = leader["q"][at.clip(min=0)], arm_model(config.arm).limits
            away = np.abs(led - after["q"]).max(axis=1) > rig.config.teleop.refuse_rad
            beyond = ((led < limits.q_min) | (led > limits.q_max)).any(axis=1)
            return _first(after, away | beyond, begin_ns)
        case "touch" if config.driver == "franka":
            force = np.abs(after["O_F_ext_hat_K"]) > np.array(config.collision_force)
            torque = np.abs(after["tau_ext"]) > np.array(config.collision_torque)
            # The robot knows the force before it tells: where it never told too much, it stopped in time.
            return _first(after, force.any(axis=1) | torque.any(axis=1), span_ns[1])
        case _:
            return begin_ns


def _first(rows: Rows, which: Any, otherwise_ns: int) -> int:
    found = rows["t_ns"][np.asarray(which, bool)]
    return int(found[0]) if len(found) else otherwise_ns


def _sent_rest(sent: Sent, since_ns: int) -> float:
    """ms from the state until the reference no longer moved."""
    after = sent.t_ns > since_ns
    if after.sum() < 2:
        return float("nan")  # nothing more was sent: the robot stopped by itself
    moved = np.abs(np.diff(sent.q[after], axis=0)).max(axis=1) > _SENT_STILL_RAD
    return float(sent.t_ns[after][1:][moved][-1] - since_ns) * 1e-6 if moved.any() else 0.0


def _robot_rest(motion: Rows, since_ns: int) -> float:
    """ms until the real joints rested for good; NaN if they still moved at the end."""
    after = motion[motion["t_ns"] > since_ns]
    moved = np.flatnonzero(np.abs(after["dq"]).max(axis=1) > _STILL_RAD_S)
    if not len(moved):
        return 0.0
    if moved[-1] >= len(after) - 100:
        return float("nan")
    return float(after["t_ns"][moved[-1]] - since_ns) * 1e-6


def _engage_again(case: Case, rig: Running, follower: str, begin_ns: int) -> tuple[str, bool]:
    """Mend, and see that nothing moves before ALIGN: the states passed through, and whether that is so."""
    if case.ends:
        return "the rig has ended", True
    case.undo(rig)
    time.sleep(1.0)
    mended_ns = monotonic_ns()
    if case.held and _moved_on(rig, follower, begin_ns, mended_ns):
        return "it moved on by itself", False
    try:
        status = rig.status()
        if "FAULT" in (status["state"], status["processes"][f"arm-{follower}"].get("teleop")):
            rig.client.call("reset")
            _until_idle(rig)
        rig.rig.follow()
    except (RigFault, DaemonError) as error:
        return f"refused: {error}", False
    order = _order(rig, follower, mended_ns, monotonic_ns())
    return " -> ".join(order), not case.held or order[-3:] == ["ALIGN", "RAMP", "FOLLOW"]


def _until_idle(rig: Running) -> None:
    deadline = time.monotonic() + 40.0
    while rig.status()["state"] == "STARTING" and time.monotonic() < deadline:
        time.sleep(0.1)


def _order(rig: Running, follower: str, begin_ns: int, end_ns: int) -> list[str]:
    """The states passed through."""
    rows = rig.streams[f"commands/{follower}"].rows(begin_ns)
    rows = rows[(rows["t_ns"] > begin_ns) & (rows["t_ns"] < end_ns)]
    if not len(rows):
        return []
    change = np.append(True, np.diff(rows["state"].astype(np.int16)) != 0)
    return [State(int(state)).name for state in rows["state"][change]]


def _moved_on(rig: Running, follower: str, begin_ns: int, end_ns: int) -> bool:
    """Did it move again after its stop, with nobody asking?"""
    order = _order(rig, follower, begin_ns, end_ns)
    stopped = next((n for n, name in enumerate(order) if name in ("HOLD", "FAULT")), len(order))
    return any(name in ("RAMP", "FOLLOW") for name in order[stopped:])
