"""What is held before a camera: a ChArUco board or a chessboard, as its description file or a short name has it."""

from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from calibration.errors import CalibrationError
from hardware.config.model import Model

DictionaryName = Literal[
    "DICT_4X4_50", "DICT_4X4_100", "DICT_4X4_250", "DICT_5X5_50", "DICT_5X5_100", "DICT_5X5_250", "DICT_6X6_50",
    "DICT_6X6_100", "DICT_6X6_250", "DICT_APRILTAG_36h11",
]  # fmt: skip


class BoardError(Exception):
    """No board can be made of this; the text says what is allowed."""


class CharucoBoard(Model):
    """A chessboard with markers in its white squares: known however little of it is seen."""

    kind: Literal["charuco"] = "charuco"
    columns: int = Field(ge=3, le=60)
    """Squares along the board's x."""
    rows: int = Field(ge=3, le=60)
    """Squares along its y."""
    square_m: float = Field(gt=0, le=1)
    """Edge of a square, as measured on the print."""
    marker_m: float = Field(gt=0, le=1)
    """Edge of a marker's black."""
    dictionary: DictionaryName = "DICT_5X5_100"
    legacy: bool = False
    """Printed with OpenCV before 4.6: boards of an even number of rows then began with the other colour."""

    @model_validator(mode="after")
    def _markers_fit(self) -> "CharucoBoard":
        if self.marker_m >= self.square_m:
            raise ValueError("a marker is smaller than its square: marker_m < square_m")
        marks = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))
        if self.columns * self.rows // 2 > len(marks.bytesList):
            raise ValueError(f"{self.dictionary} has too few markers for {self.columns}x{self.rows} squares")
        return self

    def opencv(self) -> cv2.aruco.CharucoBoard:
        """The same board as OpenCV knows it."""
        marks = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))
        board = cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, self.marker_m, marks)
        board.setLegacyPattern(self.legacy)
        return board

    def points(self) -> NDArray[np.float64]:
        """Inner corners (n, 3) m by their id, z = 0: OpenCV's, from the corner that its board begins at."""
        return np.asarray(self.opencv().getChessboardCorners(), np.float64).reshape(-1, 3)


class ChessBoard(Model):
    """A plain chessboard: seen whole or not at all, and, if its sides are both odd or even, upside down as well."""

    kind: Literal["chessboard"] = "chessboard"
    columns: int = Field(ge=2, le=60)
    """Inner corners along x."""
    rows: int = Field(ge=2, le=60)
    """Inner corners along y."""
    square_m: float = Field(gt=0, le=1)

    def points(self) -> NDArray[np.float64]:
        """Inner corners (n, 3) m by their id, row by row, z = 0."""
        y, x = np.mgrid[: self.rows, : self.columns]
        return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1) * self.square_m


Board = Annotated[CharucoBoard | ChessBoard, Field(discriminator="kind")]
BOARDS: TypeAdapter[CharucoBoard | ChessBoard] = TypeAdapter(Board)


def parse_board(text: str) -> CharucoBoard | ChessBoard:
    """Of `chessboard:9x6:25mm`, `charuco:14x9:20mm:16mm:DICT_5X5_100`, or a description file (YAML, see `describe`).

    Raises BoardError.
    """
    import yaml

    try:
        if text.endswith((".yaml", ".yml", ".json")):
            return BOARDS.validate_python(yaml.safe_load(Path(text).read_text()))
        kind, size, *rest = text.split(":")
        columns, rows = (int(part) for part in size.split("x"))
        told: dict[str, object] = {"kind": kind, "columns": columns, "rows": rows, "square_m": _metres(rest[0])}
        if kind == "charuco":
            told["marker_m"] = _metres(rest[1])
            told |= {"dictionary": rest[2]} if len(rest) > 2 else {}
        return BOARDS.validate_python(told)
    except FileNotFoundError as error:
        raise BoardError(f"{text}: no such board file; `clap calibrate board` writes one") from error
    except (OSError, ValueError, IndexError, yaml.YAMLError) as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else ""
        raise BoardError(
            f"{text}: no board{f' ({said})' if said else ''}; give a description file, chessboard:9x6:25mm (inner"
            " corners) or charuco:14x9:20mm:16mm:DICT_5X5_100 (squares, edge of a square, of a marker)"
        ) from error


def require_one_way_round(board: CharucoBoard | ChessBoard) -> None:
    """Raises CalibrationError for a board that looks the same after half a turn: no picture tells where it begins.

    A lens does not mind. What ties several pictures by the place of the board is wrong by it, in silence.
    """
    if isinstance(board, ChessBoard) and (board.columns + board.rows) % 2 == 0:
        raise CalibrationError(
            f"a chessboard of {board.columns}x{board.rows} inner corners looks the same upside down, so where it is"
            f" cannot be told: use one with an odd and an even side, such as {board.columns + 1}x{board.rows}, or a"
            " ChArUco board; for a lens alone (clap calibrate intrinsics) it will do"
        )


def describe(board: CharucoBoard | ChessBoard) -> dict[str, object]:
    """As a description file holds it."""
    return board.model_dump(mode="json")


def _metres(text: str) -> float:
    for unit, metres in (("mm", 1e-3), ("cm", 1e-2), ("m", 1.0)):
        if text.endswith(unit):
            return round(float(text.removesuffix(unit)) * metres, 9)
    raise ValueError(f"{text}: give the unit (25mm)")
