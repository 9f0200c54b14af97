"""A board on paper is as large as it says, and is the board that its description file describes."""

import io
import re
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from calibration.board import BoardError, CharucoBoard, ChessBoard, parse_board
from calibration.board_print import BOARDS, PAPERS, paper, sheet
from calibration.board_print_files import pdf, png
from calibration.detect import detect
from calibration.view import View
from collector.cli.app import app

MM = 72 / 25.4


def drawn(file: bytes, dpi: int) -> np.ndarray:
    """The boxes of a PDF of ours, painted."""
    body = re.search(rb"stream\n(.*)\nendstream", file, re.DOTALL)
    size = re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", file)
    assert body and size
    width, height = (float(side) for side in size.groups())
    out, grey, scale = np.full((round(height * dpi / 72), round(width * dpi / 72)), 255, np.uint8), 0, dpi / 72
    for line in zlib.decompress(body.group(1)).decode().splitlines():
        if line.endswith(" g"):
            grey = 255 * int(line.split()[0])
        elif line.endswith(" re"):
            x, y, w, h = (float(word) * scale for word in line.split()[:4])
            top = height * scale - y - h
            out[round(top) : round(top + h), round(x) : round(x + w)] = grey
    return out


@pytest.mark.parametrize("name", PAPERS)
def test_pages_have_the_paper_s_size_and_the_board_its_own(name: str) -> None:
    board = parse_board(BOARDS[name])
    page = sheet(board, PAPERS[name])
    picture = Image.open(io.BytesIO(png(page, 150)))
    told = [side / dpi * 25.4 for side, dpi in zip(picture.size, picture.info["dpi"], strict=True)]
    np.testing.assert_allclose(told, PAPERS[name], atol=0.2)
    for shown in (np.array(picture.convert("L")), drawn(pdf(page), 150)):
        view = detect(cv2.resize(shown, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), board)
        assert isinstance(view, View)
        assert len(view.ids) == len(board.points())
        here, there = view.corners[0], view.corners[-1]
        length = np.linalg.norm(np.subtract(*board.points()[view.ids[[0, -1]], :2])) * 1e3
        assert np.linalg.norm(there - here) / 75 * 25.4 == pytest.approx(length, rel=1e-3)


def test_the_print_is_opencv_s_own_board() -> None:
    for legacy in (False, True):
        board = CharucoBoard(columns=8, rows=6, square_m=0.02, marker_m=0.014, legacy=legacy)
        page = sheet(board, PAPERS["a4"])
        ours = drawn(pdf(page), 254)  # 10 px a millimetre: every edge is on a pixel's
        left, top = (round(10 * side) for side in (min(b[0] for b in page.black), min(b[1] for b in page.black)))
        theirs = board.opencv().generateImage((1600, 1200), marginSize=0)
        mine = ours[top : top + 1200, left : left + 1600]
        assert np.mean(mine != theirs) < 0.02  # edges, a pixel of rounding


@settings(max_examples=30, deadline=None)
@given(
    columns=st.integers(3, 20), rows=st.integers(3, 20), mm=st.floats(4, 60), charuco=st.booleans(),
    size=st.sampled_from(list(PAPERS.values())),
)  # fmt: skip
def test_all_of_it_is_on_the_page_or_it_is_refused(columns: int, rows: int, mm: float, charuco: bool, size) -> None:
    common = {"columns": columns, "rows": rows, "square_m": mm / 1e3}
    board = CharucoBoard(**common, marker_m=mm * 7e-4, dictionary="DICT_4X4_250") if charuco else ChessBoard(**common)
    try:
        page = sheet(board, size)
    except BoardError as error:
        assert "take squares of" in str(error)
        return
    boxes = np.array(page.black)
    assert boxes[:, :2].min() >= 7.5
    assert (boxes[:, 0] + boxes[:, 2]).max() <= page.width - 7.5
    assert (boxes[:, 1] + boxes[:, 3]).max() <= page.height
    assert max(word.y for word in page.words) < page.height - 3


def test_the_command_writes_what_parse_board_reads_and_keeps_what_was_measured(tmp_path: Path) -> None:
    run = CliRunner()
    first = run.invoke(app, ["calibrate", "board", "--out", str(tmp_path), "--dpi", "100"])
    assert first.exit_code == 0, first.output
    file = tmp_path / "charuco-10x7-24mm.yaml"
    assert parse_board(str(file)) == parse_board(BOARDS["a4"])
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".png", ".yaml"}
    file.write_text(file.read_text().replace("0.024", "0.02394"))
    assert run.invoke(app, ["calibrate", "board", "--out", str(tmp_path), "--dpi", "100"]).exit_code == 0
    assert parse_board(str(file)).square_m == 0.02394


@pytest.mark.parametrize("text", ["foo", "10x10mm", "1e9x300mm", "300", "nanxnan"])
def test_what_is_no_paper_is_refused(text: str) -> None:
    with pytest.raises(BoardError, match="no paper"):
        paper(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("charuco:14x9:20mm:21mm", "smaller than its square"),
        ("charuco:14x9:20mm:16mm:DICT_4X4_50", "too few markers"),
        ("chessboard:9x6:25", "inner"),
    ],
)
def test_what_is_no_board_is_refused(text: str, why: str) -> None:
    with pytest.raises(BoardError, match=why):
        parse_board(text)
