"""The page of calibrations: whole in itself, every figure on it, no plot invented; and the tables for the terminal."""

import math
import xml.etree.ElementTree as ET
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from calibration.difference import compare
from calibration.drift import drifts
from calibration.result import LatencyResult, LeaderResult, Line, Result, RigResult
from collector.calibrate.counted import Counted, Entry
from collector.report.calibration_page import calibration_page, difference_page
from collector.report.calibration_table import (
    counting_table,
    difference_table,
    difference_told,
    history_table,
    result_table,
)
from tests.calibration.results import check_result, lens_result, made, mount_result

LEADER = LeaderResult(
    made=made(seed=5), leader="right", signs=(1, -1), offsets_rad=(0.1, 0.2), offset_sigmas_rad=(0.001, 0.001),
    turns=(0, 1), checked_rad=0.01,
)  # fmt: skip
LATENCY = LatencyResult(
    made=made(seed=6), subject="cameras/front", device={"model": "D435"},
    constants={"edge_to_exposure_end_us": -120.0}, bounds={"edge_to_exposure_end_us": 8.0},
)  # fmt: skip
RIG = RigResult(
    made=made(seed=7), mounts={"front": {"T": np.eye(4).tolist(), "sigma_mm": 0.3}}, bases={"left": mount_result().T},
    base_sigmas={"left": (0.4, 0.02)}, boards={}, rms_px=0.3, links=({"pair": "front, side", "corners": 90},),
)  # fmt: skip


def shown(*what: Any) -> str:
    console = Console(width=200, record=True, file=StringIO())
    console.print(*what)
    return console.export_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pictures")
    lens = lens_result()
    Image.new("L", (640, 480), 128).save(folder / f"{lens.pictures[0].sha256}.png")
    checks = [check_result(day=day, shift_px=0.2 + 0.1 * day) for day in range(6)]
    return calibration_page([lens, mount_result()], folder, drifts(checks), ["side is <not> calibrated"])


def test_needs_nothing_but_itself_and_is_well_formed(page: str) -> None:
    assert "<script" not in page and "<link" not in page and "src=" not in page
    for line in page.splitlines():
        assert "http" not in line or "xmlns" in line
    body = page[page.index("<body>") : page.index("</html>")]
    assert ET.fromstring(body).tag == "body"


def test_shows_every_figure_line_and_model(page: str) -> None:
    for text in (
        "533.12 ± 0.40 px",
        "training rms",
        "fill the &lt;corners&gt;",
        "0.249 px",
        "chosen",
        "side is &lt;not&gt;",
    ):
        assert text in page
    assert "front drifts by" in page and made(seed=0).uuid in page
    assert page.count("<svg") == 8  # uncertainty, and of either result corners, residuals and a picture; drift
    assert "data:image/png" in page


def test_what_was_imported_has_no_plots_and_says_what_nobody_told(tmp_path: Path) -> None:
    bare = lens_result(pictures=(), sigmas={}, covariance=(), uncertainty={}, ladder=(), lines=(), rms_px=math.nan)
    told = calibration_page([bare], tmp_path)
    assert "<svg" not in told and told.count("Nothing was measured.") == 3
    assert "not told" in told and "nan" not in told.lower().replace("name", "")


@pytest.mark.parametrize("result", [LEADER, LATENCY, RIG, check_result()])
def test_every_kind_of_result_has_a_page_and_a_table(result: Result, tmp_path: Path) -> None:
    assert result.made.uuid in calibration_page([result], tmp_path)
    assert result.made.uuid in shown(result_table(result))


def test_a_difference_is_drawn_and_told() -> None:
    one, other = lens_result(), lens_result(fx=536.0, seed=3)
    found = compare(one, other)
    assert "<svg" in difference_page(one, other, found)
    assert "sigmas" in shown(difference_table(found)) and difference_told(found)["central_px"] > 0.1
    bare = compare(lens_result(covariance=()), other)
    assert "nobody can say" in shown(difference_table(bare)) and difference_told(bare)["same"] is None
    places = compare(mount_result(), mount_result())
    assert "the same" in shown(difference_table(places)) and difference_told(places)["mm"] == 0


def test_what_counts_and_what_was_are_told_with_their_state() -> None:
    failed = check_result(shift_px=2.5)
    counted = [
        Counted("intrinsics", "front", lens_result(), is_pinned=True),
        Counted("extrinsics", "side", None),
        Counted("intrinsics", "side", None, problem="calibration.pins side/intrinsics names [nothing]"),
        Counted("check", "front", failed),
    ]
    text = shown(counting_table(counted, "cell"))
    assert "pinned" in text and "not calibrated: clap calibrate extrinsics side" in text
    assert "names [nothing]" in text and "fail" in text
    entries = [
        Entry("a", lens_result(), None),
        Entry("b", lens_result(fx=534), compare(lens_result(), lens_result(fx=534))),
    ]
    assert "x expected" in shown(history_table(entries))


def test_a_line_that_passes_keeps_its_remedy_to_itself() -> None:
    line = Line(name="rms", value=0.1, limit=0.3, unit="px", verdict="pass", remedy="look again")
    assert "look again" not in shown(result_table(lens_result(lines=(line,))))
