"""Calibrations for the terminal: what was found, how good it is, and what to do where it is not."""

import math
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from calibration.difference import LensDifference, MountDifference, is_same
from calibration.result import CheckResult, IntrinsicsResult, LatencyResult, Line, MountResult, Result, RigResult
from collector.calibrate.counted import Counted, Entry
from collector.report.calibration_facts import date_of, facts, number, subject_of, verdict

_COLOUR = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def result_table(result: Result) -> RenderableType:
    """One result in full."""
    worst = verdict(result)
    title = f"{result.kind} of {escape(subject_of(result))}: [{_COLOUR[worst]}]{worst.upper()}[/]"
    told = Table(title=title, title_justify="left", show_header=False, box=None)
    told.add_column(style="dim", no_wrap=True)
    told.add_column(overflow="fold")
    for name, value in facts(result).items():
        told.add_row(escape(name), escape(value))
    return Group(told, line_table(result.lines)) if result.lines else told


def line_table(lines: Sequence[Line]) -> Table:
    """Figures against their limits."""
    table = Table(box=None, show_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("line")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("what to do", overflow="fold")
    for line in lines:
        table.add_row(
            f"[{_COLOUR[line.verdict]}]{line.verdict}[/]",
            escape(line.name),
            f"{line.value:.3g} {line.unit}".strip(),
            f"{line.limit:.3g}",
            "" if line.verdict == "pass" else escape(line.remedy),
        )
    return table


def counting_table(found: Sequence[Counted], rig: str) -> Table:
    """What counts for a rig today."""
    table = Table(title=f"Calibration of {escape(rig)}", title_justify="left", box=None)
    for column in ("", "what", "of", "figures", "age"):
        table.add_column(column, no_wrap=column != "figures", overflow="fold")
    for each in found:
        if each.result is None:
            why = each.problem or f"not calibrated: {_remedy(each)}"
            state = "fail" if each.problem else "warn"
            table.add_row(f"[{_COLOUR[state]}]{state}[/]", each.kind, escape(each.subject), escape(why), "")
            continue
        state = verdict(each.result)
        pinned = ", pinned" if each.is_pinned else ""
        table.add_row(
            f"[{_COLOUR[state]}]{state}[/]", each.kind, escape(each.subject), escape(_figures(each)),
            f"{_age(each.result)}{pinned}",
        )  # fmt: skip
    return table


def history_table(entries: Sequence[Entry]) -> Table:
    """Results as they were made, and what changed from one to the next."""
    table = Table(box=None)
    for column in ("", "made", "name", "figures", "since the one before"):
        table.add_column(column, no_wrap=column in ("", "made"), overflow="fold")
    for entry in entries:
        state = verdict(entry.result)
        table.add_row(
            f"[{_COLOUR[state]}]{state}[/]", date_of(entry.result).removesuffix(" UTC"), escape(entry.name),
            escape(in_short(entry.result)), escape(change_in_short(entry.change)),
        )  # fmt: skip
    return table


def difference_table(found: LensDifference | MountDifference) -> RenderableType:
    """Two results beside each other."""
    if isinstance(found, MountDifference):
        x, y, z = found.shift_mm
        return f"{found.mm:.2f} mm ({x:+.2f} {y:+.2f} {z:+.2f} in the frame), {found.deg:.3f} deg; {_same(found.ratio)}"
    table = Table(box=None)
    for column in ("", "one", "other", "difference", "1-sigma", "sigmas"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    for each in found.numbers:
        off = each.other - each.one
        apart = "" if math.isnan(each.sigma) or not each.sigma else f"{abs(off) / each.sigma:.1f}"
        sigma = "" if math.isnan(each.sigma) else f"{each.sigma:.3g}"
        table.add_row(each.name, f"{each.one:.6g}", f"{each.other:.6g}", f"{off:+.3g}", sigma, apart)
    middle = f"{found.central_px:.3g} px at most in the middle 80 % (rms {found.rms_px:.3g})"
    return Group(table, f"Projections differ by {middle}, {found.max_px:.3g} px at the edges; {_same(found.ratio)}")


def difference_told(found: LensDifference | MountDifference) -> dict[str, Any]:
    """For programs; `same` is null where no uncertainty is told."""
    same = {"ratio": None if math.isnan(found.ratio) else found.ratio, "same": is_same(found.ratio)}
    if isinstance(found, MountDifference):
        return {"mm": found.mm, "deg": found.deg, "shift_mm": list(found.shift_mm), **same}
    numbers = {each.name: each.other - each.one for each in found.numbers}
    figures = {"central_px": found.central_px, "rms_px": found.rms_px, "max_px": found.max_px}
    return {"parameters": numbers, **figures, **same}


def in_short(result: Result) -> str:
    """The figures that matter, in a line."""
    match result:
        case IntrinsicsResult():
            known = result.uncertainty.get("central_80_max")
            sigma = f", ± {known:.2g} px in the middle 80 %" if isinstance(known, float) else ""
            focal = f"{result.model}, f {result.K[0][0]:.1f} px"
            return f"{focal}, hold-out {number(result.holdout_rms_px, 'px')}{sigma}"
        case MountResult():
            held = f"hold-out {number(result.holdout_mm, 'mm')} {number(result.holdout_deg, 'deg')}"
            return f"± {result.sigma_mm:.2f} mm {result.sigma_deg:.3f} deg, {held}, {result.poses} poses"
        case CheckResult():
            return f"shift {result.shift_px:.2f} px"
        case LatencyResult():
            return ", ".join(f"{name} {value:.4g}" for name, value in result.constants.items())
        case _:
            return ", ".join(f"{line.name} {line.value:.3g} {line.unit}".strip() for line in result.lines[:3])


def change_in_short(change: LensDifference | MountDifference | None) -> str:
    """How far from the one before, and whether that is more than both say they may be."""
    if change is None:
        return ""
    far = (
        f"{change.central_px:.2g} px"
        if isinstance(change, LensDifference)
        else f"{change.mm:.2g} mm {change.deg:.2g} deg"
    )
    return far if is_same(change.ratio) is None else f"{far}, {change.ratio:.1f} x expected"


def _figures(counted: Counted) -> str:
    """Of a camera's place that the whole rig's calibration tells: its own."""
    if isinstance(counted.result, RigResult) and counted.kind != "rig":
        told = counted.result.mounts[counted.subject]
        return f"± {told['sigma_mm']:.2f} mm {told['sigma_deg']:.3f} deg, by the rig's"
    return in_short(counted.result) if counted.result is not None else ""


def _same(ratio: float) -> str:
    match is_same(ratio):
        case None:
            return "whether that is much nobody can say: one of them tells no uncertainty"
        case True:
            return f"{ratio:.1f} times what their uncertainties let expect: the same"
        case False:
            return f"{ratio:.1f} times what their uncertainties let expect: [bold yellow]not the same[/]"


def _remedy(counted: Counted) -> str:
    return f"clap calibrate {counted.kind} {counted.subject}"


def _age(result: Result) -> str:
    hours = max(0.0, (time.time_ns() - result.made.made_utc_ns) / 3.6e12)
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
