"""What the record screen says of plan, scene, session, robots and troubles. Pure text."""

from collections.abc import Sequence
from typing import Any

from textual.content import Content

from collector.remote_status import Status
from collector.tui.state_word import KeyOf, clock_text
from collector.tui.widgets.gauges import bar

_MUTED = "$text-muted"
_WARN = "$text-warning bold"
_BAD = "$text-error bold"
_LEAST_S = 120.0  # a rate of less than two minutes says nothing
_SOON_MIN = 30.0  # of disk

Part = str | Content | tuple[str, str]


def instruction(status: Status) -> Content:
    """What the robot is to do, in the words that will be stored."""
    plan, take = status.plan, status.take
    if plan is None:
        return Content.assemble(("no task yet", _MUTED))
    said = take.labels.instruction if take is not None else plan.instruction
    return Content.assemble((f"{plan.task.name}  ", _MUTED), (said, "bold"))


def scene(status: Status, width: int) -> Content:
    """What to set up for the next take, what is new in it marked; while one runs, what it is of, and what comes then
    if there is room for that."""
    plan, take = status.plan, status.take
    if plan is None:
        return Content()
    ahead = plan.next_scene or plan.scene
    if take is None:
        return _factors("set up", ahead, status.review.scene if status.review is not None else {})
    changes = {name: value for name, value in ahead.items() if take.scene.get(name) != value}
    told = _factors("this take", take.scene, take.scene)
    both = Content.assemble(told, _factors("then", changes, {}))
    return both if changes and both.cell_length <= width else told


def progress(status: Status, width: int) -> Content:
    """The goal and how fast it comes nearer."""
    plan = status.plan
    if plan is None:
        return Content()
    rate = rate_an_hour(status)
    said = f" {plan.kept} of {plan.goal} kept  {plan.kept_now} now, {plan.discarded_now} discarded"
    said += f"  {rate:.0f} an hour" if rate is not None else ""
    cells = max(min(width - len(said) - 1, 24), 4)
    return Content.assemble((bar(plan.kept / plan.goal, cells), "$success"), said)


def rate_an_hour(status: Status) -> float | None:
    """Kept takes of this session an hour, up to the newest take's end; None where it is too early to say."""
    plan, newest = status.plan, status.take or status.review
    if plan is None or newest is None:
        return None
    lasted_s = status.take.elapsed_s if status.take is not None else newest.seconds or 0.0
    spent_s = (newest.began_utc_ns - plan.session_started_utc_ns) * 1e-9 + lasted_s
    return plan.kept_now / spent_s * 3600 if spent_s >= _LEAST_S else None


def robots(status: Status) -> Content:
    """Each arm's state of teleoperation and how late it follows, one line each."""
    lines = [
        Content.assemble((f"{name} ", _MUTED), (str(arm.get("teleop", "?")), "bold"), _lag(arm))
        for name, arm in status.arms.items()
    ]
    return Content("\n").join(lines)


def machine(status: Status) -> Content:
    """Whether what is recorded reaches the disk, and how long that has room."""
    parts: list[Part] = []
    if (recording := status.recording) is not None:
        lag_ms = recording.get("durable_lag_ms")
        parts += ["on disk after ", ("-" if lag_ms is None else f"{lag_ms:.0f} ms", "bold"), "  "]
    minutes = status.disk.minutes
    parts += ["disk ", (f"{minutes:.0f} min", _WARN if minutes < _SOON_MIN else "bold")]
    if status.backlog.pending:
        left = f", {clock_text(status.backlog.left_s)} left" if status.backlog.left_s is not None else ""
        parts.append(f"  sealing {status.backlog.pending}{left}")
    return Content.assemble(*parts)


def last_take(status: Status) -> Content:
    """What became of the last take: so that a label that came late is seen to have come."""
    take = status.review
    if take is None:
        return Content()
    labels = take.labels
    seconds = f" {take.seconds:.1f} s" if take.seconds is not None else ""
    said: list[Part] = [("last ", _MUTED), f"{take.name}{seconds} {take.verdict}"]
    if take.status not in ("", "complete"):
        said.append((f" {take.status}: {take.problem}", _BAD))
    if labels.outcome == "unlabelled" and labels.score is None:
        said.append((" not scored", _WARN))
    else:
        said.append(("" if labels.score is None else f" {labels.score}/5", "bold"))
        said.append((f" {labels.outcome}", "$text-success" if labels.outcome == "success" else "$text-error"))
    said.append(f" #{' #'.join(labels.tags)}" if labels.tags else "")
    return Content.assemble(*said)


def undoable(done: Sequence[str], key: KeyOf, rows: int = 1) -> Content:
    """What the undo key would take back, newest first."""
    if not done:
        return Content.assemble(("nothing to undo", _MUTED))
    head = Content.assemble((f"{key('undo')} undoes ", _MUTED), done[0])
    return Content("\n").join([head, *(Content.assemble((f"  {one}", _MUTED)) for one in done[1:rows])])


def notes(status: Status) -> Content:
    """What was written down of the running take."""
    take = status.take
    if take is None or not take.labels.notes:
        return Content()
    last = take.labels.notes[-1]
    return Content.assemble((f"note {(last.t_ns - take.began_ns) * 1e-9:.1f} s ", _MUTED), last.text)


def coverage(status: Status) -> Content:
    """How evenly the scenes are covered: of each factor, each value and how often."""
    if status.plan is None:
        return Content()
    lines = [
        Content.assemble((f"{factor} ", _MUTED), "  ".join(f"{value} {count}" for value, count in counts.items()))
        for factor, counts in status.plan.coverage.items()
    ]
    return Content("\n").join(lines)


def seats(status: Status, *, controls: bool, key: KeyOf) -> Content:
    """Who else is here; a watcher is told so, and how to get control."""
    if not controls:
        who = status.control.name if status.control else "nobody"
        return Content.assemble(
            (f"WATCHING: {who} controls this rig; you may label, {key('take_control')} takes control", _WARN)
        )
    others = ", ".join(status.watchers)
    return Content.assemble((f"watched by {others}", _MUTED)) if others else Content()


def troubles(status: Status) -> Content:
    """Warnings and what was said once, each on its line; empty where all is well."""
    lines = [Content.assemble((f"! {warning}", _WARN)) for warning in status.warnings]
    lines += [Content.assemble((f"› {status.notice}", "bold"))] if status.notice else []
    return Content("\n").join(lines)


def fault(status: Status, key: KeyOf) -> Content:
    """What failed, what of the take, what to do: in the operator's order."""
    if status.fault is None:
        return Content()
    take = status.review
    saved = take is not None and take.status == "fault"
    lines: Sequence[Content] = [
        Content.assemble((status.fault.message, _BAD)),
        Content(),
        Content("The robots hold where they are. Mend it first, keep clear of the robots, then:"),
        Content.assemble((f" {key('reset')} ", "bold reverse"), " starts again what ended and recovers the robot"),
        Content.assemble((f" {key('preflight')} ", "bold reverse"), " shows the checks: what is well and what is not"),
        Content(f"{take.name} is kept as far as it got; {key('review')} looks at it." if saved and take else ""),
    ]
    return Content("\n").join(lines)


def join(*parts: Part) -> Content:
    """On one line."""
    return Content.assemble(*parts)


def _factors(title: str, scene: dict[str, str], before: dict[str, str]) -> Content:
    if not scene:
        return Content()
    parts: list[Part] = [(f"{title}  ", _MUTED)]
    for name, value in scene.items():
        new = before.get(name) != value
        parts += [(f"{name} ", _MUTED), (f"▸{value}◂" if new else value, "bold reverse" if new else "bold"), "   "]
    return Content.assemble(*parts)


def _lag(arm: dict[str, Any]) -> str:
    lag_ms, robot_ms = arm.get("lag_ms"), arm.get("robot_lag_ms")
    said = "" if lag_ms is None else f"  lag {lag_ms:.0f} ms"
    return said + ("" if robot_ms is None else f" + robot {robot_ms:.0f} ms")
