"""What a session needs beside its devices: a plan, whose pictures, room, episodes that reach their files. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from collector.preflight.check import Check
from hardware.config import RigConfig

Told = Mapping[str, Any]

_MANY = 5  # episodes that wait to be sealed


def fault_checks(status: Told) -> Iterator[Check]:
    """What has failed since the last reset."""
    if fault := status["fault"]:
        device, message = fault["device"], fault["message"]
        yield Check("fault", device, "fail", message, "put it right, clear the robots' surroundings, then reset")


def session_checks(rig: RigConfig, status: Told) -> Iterator[Check]:
    """Of a daemon's whole status."""
    yield from _plan(rig, status["plan"])
    yield _disk(rig, status["disk"]["minutes"])
    yield from _episodes(status["backlog"])


def _plan(rig: RigConfig, plan: Told | None) -> Iterator[Check]:
    if plan is None:
        yield Check("plan", "", "fail", "nobody has said what to collect", "clap collect --rig RIG --task TASK")
        return
    task: Told = plan["task"]
    goal = f"{plan['kept']} of {plan['goal']} are kept" if plan["kept"] < plan["goal"] else "the goal is reached"
    yield Check("plan", task["name"], "ok", f"{plan['instruction']}; {goal}; operator {plan['operator']}")
    match task["consent"]:
        case "":
            yield Check(
                "consent", "", "warn", "nobody has said whether the people in the pictures agreed",
                "ask them, then write consent: given (or: not needed) into the task's file",
            )  # fmt: skip
        case consent:
            yield Check("consent", "", "ok", str(consent))
    if licence := task["licence"] or rig.licence:
        yield Check("licence", "", "ok", licence)
    else:
        remedy = "write licence: into the rig's file, or the task's; without it nobody may use what you record"
        yield Check("licence", "", "warn", "none is given", remedy)


def _disk(rig: RigConfig, minutes: float) -> Check:
    warn, fail = rig.gates.disk_minutes
    room = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
    says = f"room for {room} of recording"
    if minutes < warn:
        state = "fail" if minutes < fail else "warn"
        return Check(
            "disk", "", state, says, "move exported episodes away, or clap purge: what was discarded is deleted"
        )
    return Check("disk", "", "ok", says)


def _episodes(backlog: Told) -> Iterator[Check]:
    for failed in backlog["failed"]:
        then = "it is tried again by itself" if failed["again"] else "clap salvage tries it again"
        yield Check("episodes", "", "warn", f"one could not be sealed: {failed['message']}", f"it is kept; {then}")
    for problem in backlog["problems"]:
        yield Check("episodes", "catalogue", "warn", str(problem), "nothing is lost: clap catalogue refresh")
    if (pending := backlog["pending"]) > _MANY:
        left = "" if backlog["left_s"] is None else f", {backlog['left_s'] / 60:.0f} min at the rate so far"
        yield Check("episodes", "", "warn", f"{pending} wait to be sealed{left}", "leave the daemon running")
    elif not backlog["failed"] and not backlog["problems"]:
        yield Check("episodes", "", "ok", "all are sealed" if not pending else f"{pending} to be sealed, by itself")
