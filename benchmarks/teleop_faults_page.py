"""docs/reference/teleop-faults.md from what the runs found."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.teleop_faults_run import Outcome

PAGE = Path("docs/reference/teleop-faults.md")

_HEAD = """# What happens when teleoperation breaks

Made by `python -m benchmarks.teleop_faults --page`: each fault on the running virtual rig (`configs/rigs/virtual.yaml`:
one Franka under the production drivers, processes and daemon), while the robot follows a moving leader. Times are from
the far end's own log of what the robot was told and did, from the rings, and from the daemon's status; limits are
audited from the fault until rest.

| column | meaning |
|---|---|
| held | the state that came first: of the arm (HOLD, FAULT), of the session, or the robot's own stop |
| after / by | ms from the cause until then; the deadline, {slack:.0f} ms for a shared host included |
| sent rests | ms from that state until the reference stood still (at most 150); - where the robot had stopped itself |
| robot rests | ms from the cause until every real joint was below 0.03 rad/s for good |
| breaches | cycles beyond a maker's limit: sent position, velocity, acceleration, jerk; torque; real joints |
| back through | the states passed until it followed again, after the fault was mended and the operator engaged |

"""

_DEADLINES: tuple[tuple[str, str, str], ...] = (
    (
        "the leader is silent: coast, HOLD, FAULT",
        "20, 50, 200 ms",
        "`teleop.coast_ms`, `hold_ms`, `fault_ms`; never below 2, 4 and 8 leader periods. `virtual.yaml` has 20, 100"
        " and 450: its far ends share the host",
    ),
    ("HOLD to a reference at rest", "150 ms", "it brakes inside the limits in use"),
    (
        "the robot is off its reference",
        "100 ms",
        "above `teleop.tracking_rad`; the robot's own collision thresholds may come first",
    ),
    ("the robot hears nothing", "20 ms", "20 commands lost in a row: its own stop (libfranka, network requirements)"),
    ("the robot stops by itself", "at once", "its brakes; the arm's process tells it with the next state"),
    ("the arm hears nothing of the daemon", "1000 ms", "`teleop.heartbeat_ms`"),
    (
        "the client that engaged has gone",
        "60 + 25 ms",
        "the daemon's tick, then the arm's next look for verbs (every 20 ms)",
    ),
    (
        "a process of the rig is silent",
        "arm, leader 2 s; sync, capture 4 s",
        "the daemon ends it and holds the robots; what the robot itself needs is held sooner, as above",
    ),
)


def page(outcomes: Sequence["Outcome"], slack_ms: float) -> str:
    """The whole page, Markdown."""
    good = sum(one.good for one in outcomes)
    lines = [
        _HEAD.format(slack=slack_ms) + f"**{good} of {len(outcomes)} as they should be.**",
        "",
        "| fault | held | after / by, ms | sent rests | robot rests | breaches | back through |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        after = "-" if one.state == "follows" else f"{_ms(one.hold_ms)} / {one.deadline_ms:.0f}"
        amiss = "" if one.good else " (amiss)"
        cells = [one.name + amiss, one.state, after, _ms(one.sent_rest_ms), _ms(one.robot_rest_ms)]
        lines.append("| " + " | ".join([*cells, str(one.breaches), one.again]) + " |")
    lines += ["", "| fault | in the lab | deadline from | the operator reads |", "|---|---|---|---|"]
    lines += [
        f"| {one.name} | {one.lab} | {one.by} | {'. '.join(filter(None, (one.problem, one.breached, one.reason)))} |"
        for one in outcomes
    ]
    lines += ["", "## Where the deadlines come from", "", "| deadline | value | from |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in _DEADLINES]
    return "\n".join([*lines, ""])


def _ms(value: float) -> str:
    return f"{value:.0f}" if value == value else "-"
