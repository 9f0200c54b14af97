"""Where a session is, as lines for people: of a status, of a take, of what a verb's answer says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collector.remote_status import PlanTold, Status, TakeTold


def status_lines(status: Status) -> list[str]:
    """State first, then what to do next."""
    return list(_lines(status))


def plan_lines(plan: PlanTold) -> list[str]:
    """What is collected and how far it is, what is told, what to set up."""
    who = f"{plan.operator} ({plan.skill})" if plan.skill else plan.operator
    scene = ", ".join(f"{name} {value}" for name, value in plan.scene.items())
    lines = [f"{plan.task.name} by {who}: {plan.kept} of {plan.goal} kept", f"instruction: {plan.instruction}"]
    return [*lines, f"set up: {scene}"] if scene else lines


def take_line(take: TakeTold) -> str:
    """A take with its labels."""
    labels = take.labels
    length = "" if take.seconds is None else f"{take.seconds:.1f} s"
    score = "" if labels.score is None else f"score {labels.score}"
    marked = f"{len(labels.steps)} steps" if labels.steps else ""
    why = f"({take.why})" if take.why else ""
    told = (take.name, take.verdict, why, take.status, length, labels.outcome, score, marked, *labels.tags, labels.note)
    return "  ".join(part for part in told if part)


def answer_line(answer: dict[str, Any]) -> str:
    """What came of a verb: the most telling of what it answers."""
    match answer:
        case {"undone": what}:
            return f"undone: {what}"
        case {"step": name, "next": after}:
            return f"{name} begins" + (f"; then {after}" if after else "; it is the last")
        case {"labels": {**labels}}:
            return f"labelled: {labels.get('outcome', 'unlabelled')}" + (
                f", score {score}" if (score := labels.get("score")) else ""
            )
        case {"t_ns": int()}:
            return "noted"
        case {"starts_in_s": float(seconds)}:
            return f"a take begins in {seconds:.1f} s"
        case {"path": path, "status": how, "seconds": float(seconds), **rest}:
            return f"{Path(path).name.partition('.')[0]}: {seconds:.1f} s, {how}; {rest.get('state', '')}".rstrip("; ")
        case {"path": path, "state": state}:
            return f"{state}: {Path(path).name.partition('.')[0]}"
        case {"restored": path}:
            return f"restored: {path}"
        case {"moved_to": path, "state": state}:
            return f"{state}: moved to {path}"
        case {"state": state}:
            return str(state)
        case _:
            return "done"


def _lines(status: Status) -> Iterator[str]:
    yield status.state.value + (f": {status.fault.message}" if status.fault else "")
    if status.plan is not None:
        yield from plan_lines(status.plan)
    if (take := status.take) is not None:
        begins = f"; next step: {take.next_step}" if take.next_step else ""
        yield f"running: {take.name}, {take.elapsed_s:.1f} s{begins}"
    elif status.starts_in_s is not None:
        yield f"a take begins in {status.starts_in_s:.1f} s"
    elif status.review is not None:
        yield take_line(status.review)
    for name, arm in status.arms.items():
        yield f"{name}: {arm.get('teleop', '-')} {arm.get('reason', '')}".rstrip()
    if status.undo:
        yield f"undo takes back: {status.undo[0]}"
    yield f"controlled by {status.control.name}" if status.control else "nobody controls it"
    yield from filter(None, (status.notice, *status.warnings))
