"""All figures of a take that is about to be sealed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from collector.episode.content import Content
from collector.episode.view import all_valid
from collector.episode.write import lost_samples
from collector.quality.figure import Found, Values, instants, values
from collector.quality.grips import grip_figures
from collector.quality.motion import build_motion
from collector.quality.pace import motion_figures, pace_figures, pace_of
from collector.quality.pictures import picture_figures
from collector.quality.robot import ArmRows, robot_figures
from collector.quality.table import METRICS
from collector.quality.timebase import timebase_figures
from hardware.arms.models import arm_model
from hardware.rows import command_row


def measure_content(content: Content) -> dict[str, Any]:
    """What is stored with an episode: its figures, and `at`: when some of them were, s from the first step.

    Or `problem`: no sealing waits for a figure.
    """
    try:
        found = _found(content)
        began_ns = int(content.steps.t_ns[0]) if len(content.steps.t_ns) else 0
        return {**_in_order(found), "at": instants(found, began_ns)}
    except Exception as error:  # whatever is odd about a take, it is sealed; that it could not be measured is told
        return {"problem": f"could not be measured: {error!r}"}


def metrics(content: Content) -> Values:
    """Every figure of the table, in its order and units; None where the take cannot tell."""
    return _in_order(_found(content))


def _found(content: Content) -> Found:
    motion = build_motion(content.steps.t_ns, {name: stream.rows for name, stream in content.streams.items()})
    return {
        **_timebase(content),
        **pace_figures(pace_of(motion), motion.t_ns),
        **motion_figures(motion),
        **grip_figures(motion),
        **robot_figures(_arms(content), motion.t_ns),
        **picture_figures({name: content.scan.jpegs[f"cameras/{name}"] for name in content.cameras}),
    }


def _in_order(found: Found) -> Values:
    told = values(found)
    return {name: _finite(told[name]) for name in METRICS}


def _timebase(content: Content) -> Found:
    lost = {
        name: lost_samples(stream, content.meta.streams[name], content.scan.gaps.get(name, []))
        for name, stream in content.streams.items()
    }
    return timebase_figures(
        content.steps,
        all_valid(content.steps),
        sum(lost[f"cameras/{name}"] for name in content.cameras),
        {name: (lost[name], len(content.streams[name].rows)) for name in lost if name.startswith("arms/")},
    )


def _arms(content: Content) -> Mapping[str, ArmRows]:
    rows = {name: stream.rows for name, stream in content.streams.items()}
    return {
        name: ArmRows(
            rows[f"arms/{name}"],
            rows.get(f"commands/{name}", np.zeros(0, command_row(follower.joints))),
            arm_model(follower.arm).limits,
        )
        for name, follower in content.meta.rig_config.followers.items()
        if f"arms/{name}" in rows
    }


def _finite(value: float | None) -> float | None:
    """JSON has no NaN, and the fifteenth digit tells nothing."""
    return None if value is None or not np.isfinite(value) else float(f"{value:.6g}")
