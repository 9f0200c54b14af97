"""All that a rig's cameras were found to be, in one table; on a virtual rig with how far off that really is."""

from collections.abc import Sequence

from rich.table import Table

from calibration.result import IntrinsicsResult, MountResult
from collector.calibrate.truth import Truth, lens_errors, mount_errors
from collector.calibrate.whole import Kept, Step
from collector.report.calibration_facts import verdict

_COLOUR = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def all_table(steps: Sequence[Step], truth: Truth | None) -> Table:
    """One row a step, within 80 columns."""
    table = Table(title="Calibration of the rig", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("", "camera", "found", "1 sigma", *(["true error"] if truth is not None else []), "hold-out"):
        table.add_column(name, overflow="fold")
    table.add_column("s", justify="right", no_wrap=True)
    for step in steps:
        result, what, seconds = step.result, f"{step.camera}\n{step.kind}", f"{step.seconds:.0f}"
        if result is None:
            blank = [""] * (3 if truth is not None else 2)
            table.add_row("[bold red]fail[/]", what, step.problem, *blank, seconds)
            continue
        said = verdict(result)
        found, sigma, holdout = _lens(result) if isinstance(result, IntrinsicsResult) else _mount(result)
        true = [_true(truth, result)] if truth is not None else []
        table.add_row(f"[{_COLOUR[said]}]{said}[/]", what, found, sigma, *true, holdout, seconds)
    return table


def true_error(truth: Truth, result: Kept) -> dict[str, float]:
    """Of either kind of result."""
    return lens_errors(truth, result) if isinstance(result, IntrinsicsResult) else mount_errors(truth, result)


def _lens(result: IntrinsicsResult) -> tuple[str, str, str]:
    fx, cx, cy = (result.K[row][column] for row, column in ((0, 0), (0, 2), (1, 2)))
    sigmas = result.sigmas
    return (
        f"{result.model}, fx {fx:.1f} px\nc {cx:.1f} {cy:.1f} px",
        f"fx {sigmas['fx']:.2f} px\nc {sigmas['cx']:.2f} {sigmas['cy']:.2f} px",
        f"{result.holdout_rms_px:.3f} px",
    )


def _mount(result: MountResult) -> tuple[str, str, str]:
    x, y, z = (1e3 * result.T[row][3] for row in range(3))
    return (
        f"{x:.1f} {y:.1f} {z:.1f} mm\n{result.poses} poses",
        f"{result.sigma_mm:.2f} mm\n{result.sigma_deg:.3f} deg",
        f"{result.holdout_mm:.2f} mm\n{result.holdout_deg:.3f} deg",
    )


def _true(truth: Truth, result: Kept) -> str:
    off = true_error(truth, result)
    if isinstance(result, IntrinsicsResult):
        return f"fx {off['fx_px']:+.2f} px\nc {off['cx_px']:+.2f} {off['cy_px']:+.2f} px"
    return f"{off['mm']:.2f} mm\n{off['deg']:.3f} deg"
