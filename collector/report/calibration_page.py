"""Calibrations as one HTML page that needs nothing but itself: figures, limits, and the plots behind them."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from calibration.difference import LensDifference, MountDifference
from calibration.drift import Drift
from calibration.result import IntrinsicsResult, Line, MountResult, Picture, Result, RigResult
from collector.report import calibration_plots as plots
from collector.report.calibration_facts import date_of, facts, number, subject_of, verdict
from collector.report.calibration_table import change_in_short
from collector.report.page import facts_table, figure, whole_page


def calibration_page(
    results: Sequence[Result], pictures: Path, drifts: Mapping[str, Drift] | None = None, notes: Sequence[str] = ()
) -> str:
    """The whole page. `pictures`: folder of those that were used; `drifts`: of the daily checks; `notes`: warnings."""
    title = f"Calibration of {subject_of(results[0])}" if len(results) == 1 else "Calibration"
    body = [
        f"<h1>{escape(title)}</h1>",
        *(f'<p class="missing">{escape(note)}</p>' for note in notes),
        *_contents(results),
        *(part for result in results for part in _result(result, pictures, _size(result, results))),
        *_drift(drifts or {}),
    ]
    return whole_page(title, body)


def difference_page(one: Result, other: Result, found: LensDifference | MountDifference) -> str:
    """Two results of the same thing, and where they differ."""
    body = [
        "<h1>Two calibrations</h1>",
        facts_table(
            {result.made.uuid: f"{result.kind} of {subject_of(result)}, {date_of(result)}" for result in (one, other)}
        ),
        f"<p>{escape(change_in_short(found))}</p>",
    ]
    if isinstance(found, LensDifference) and isinstance(one, IntrinsicsResult):
        said = "Where the other sees what the one sees at each pixel, once the camera is turned to agree best."
        body.append(figure("Difference", plots.difference_map(found, (one.width, one.height)), said))
    return whole_page("Two calibrations", body)


def _contents(results: Sequence[Result]) -> Iterator[str]:
    if len(results) < 2:
        return
    rows = "".join(
        f'<tr><td><a href="#{result.made.uuid}">{escape(f"{result.kind} of {subject_of(result)}")}</a></td>'
        f"<td>{_badge(verdict(result))}</td></tr>"
        for result in results
    )
    yield f'<table class="facts">{rows}</table>'


def _result(result: Result, pictures: Path, size: tuple[int, int]) -> Iterator[str]:
    name = f"{result.kind} of {subject_of(result)}"
    yield f'<h1 id="{escape(result.made.uuid)}">{escape(name)} {_badge(verdict(result))}</h1>'
    yield facts_table(facts(result))
    if result.lines:
        yield "<h2>Limits</h2>" + _lines(result.lines)
    match result:
        case IntrinsicsResult():
            yield from _lens(result, size, pictures)
        case MountResult():
            yield "<h2>Uncertainty</h2>" + _spread(result)
            yield from _seen(result.pictures, size, pictures)
        case RigResult():
            yield _links(result)
        case _:
            pass


def _lens(result: IntrinsicsResult, size: tuple[int, int], pictures: Path) -> Iterator[str]:
    if result.ladder:
        yield "<h2>Models</h2>" + _ladder(result)
    yield figure(
        "Uncertainty", plots.uncertainty_map(result), "Where the lens is not known well, show the board there."
    )
    yield from _seen(result.pictures, size, pictures)


def _size(result: Result, among: Sequence[Result]) -> tuple[int, int]:
    """Of the pictures; a mount's is its lens's, else as far as its corners reach."""
    lens = [
        each
        for each in among
        if isinstance(each, IntrinsicsResult)
        and each.made.uuid in (result.made.uuid, getattr(result, "intrinsics", ""))
    ]
    if lens:
        return lens[0].width, lens[0].height
    seen = [corner for picture in getattr(result, "pictures", ()) for corner in picture.corners]
    corners = np.array(seen, np.float64).reshape(-1, 2)
    return (int(corners[:, 0].max()) + 1, int(corners[:, 1].max()) + 1) if len(corners) else (640, 480)


def _seen(used: Sequence[Picture], size: tuple[int, int], folder: Path) -> Iterator[str]:
    said = "Left: where corners were seen. Right: seen less expected; arrows that all turn one way are a wrong model."
    yield figure("Corners and residuals", plots.corners_and_residuals(used, size), said)
    yield figure(
        "Residuals", plots.residual_histogram(used), "Red: the normal distribution of the same (robust) spread."
    )
    if (drawn := plots.worst_pictures(used, size, folder)) is not None:
        yield figure("Largest residuals", drawn, "The pictures as they were taken, with what is left of each corner.")


def _drift(drifts: Mapping[str, Drift]) -> Iterator[str]:
    if drifts:
        said = " ".join(f"{drift.says}." for drift in drifts.values())
        yield figure("Daily checks", plots.drift_plot(drifts), said)


def _badge(of: str) -> str:
    return f'<span class="verdict {of}">{of}</span>'


def _lines(lines: Sequence[Line]) -> str:
    style = {"warn": ' class="warned"', "fail": ' class="failed"'}
    rows = "".join(
        f"<tr{style.get(line.verdict, '')}><td>{escape(line.name)}</td>"
        f'<td class="number">{line.value:.3g} {escape(line.unit)}</td><td class="number">{line.limit:.3g}</td>'
        f"<td>{_badge(line.verdict)}</td><td>{escape('' if line.verdict == 'pass' else line.remedy)}</td></tr>"
        for line in lines
    )
    return f"<table><thead>{_head('line', 'value', 'limit', '', 'remedy')}</thead><tbody>{rows}</tbody></table>"


def _ladder(result: IntrinsicsResult) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(rung.get('model', '')))}</td>"
        f'<td class="number">{_px(rung.get("rms_px"))}</td><td class="number">{_px(rung.get("holdout_rms_px"))}</td>'
        f"<td>{'chosen' if rung.get('chosen') else escape(str(rung.get('why', '')))}</td></tr>"
        for rung in result.ladder
    )
    return f"<table><thead>{_head('model', 'rms', 'hold-out rms', '')}</thead><tbody>{rows}</tbody></table>"


def _spread(result: MountResult) -> str:
    """1-sigma along the camera's own axes."""
    if len(result.covariance) != 6:
        return f"<p>{result.sigma_mm:.2f} mm, {result.sigma_deg:.3f} deg</p>"
    roots = np.sqrt(np.maximum(np.diag(np.array(result.covariance)), 0))
    cells = [f"{1e3 * value:.2f} mm" for value in roots[:3]] + [f"{np.degrees(value):.3f} deg" for value in roots[3:]]
    heads = ("right", "down", "forward", "about right", "about down", "about forward")
    row = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    return f"<table><thead>{_head(*heads)}</thead><tbody><tr>{row}</tr></tbody></table>"


def _links(result: RigResult) -> str:
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in link.values()) + "</tr>" for link in result.links
    )
    heads = _head(*result.links[0]) if result.links else ""
    return f"<h2>Links</h2><table><thead>{heads}</thead><tbody>{rows}</tbody></table>"


def _head(*names: str) -> str:
    return "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in names) + "</tr>"


def _px(value: object) -> str:
    return number(value, "px") if isinstance(value, float) else ""
