"""Finds a plain chessboard in a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import ChessBoard
from calibration.detect_plane import agreeing, fit
from calibration.detect_refine import inside, refined
from calibration.detect_saddle import clear, saddles

Lattice = NDArray[np.float64]

_ACROSS = 0.25
"""How far from an edge its gradients are looked at, squares; `refined`."""
_QUARTER = 0.3
"""How far from a corner the four squares are told apart, squares."""


def find_chessboard(picture: NDArray[np.uint8], board: ChessBoard) -> Lattice | None:
    """Inner corners (rows, columns, 2) px of the whole board in a grey picture, or None where it is not there.

    The first two corners and the one below are those of a dark square, and y is clockwise from x: a board with one
    side odd and one even has only one such order. One that looks the same upside down (both odd, or both even) is
    taken so that its x points to the picture's right as far as it can; turned by more than a quarter between two
    pictures it gets other ids. A lens does not mind; what places the board refuses it (`require_one_way_round`).
    """
    found = _found(picture, board)
    if found is None:
        return None
    spots = board.points()[:, :2] / board.square_m
    corners = found.reshape(-1, 2)
    plane = fit(spots, corners)
    if plane is None:
        return None
    fine = refined(picture, corners, plane.frames, _ACROSS)
    if not (inside(picture, fine).all() and agreeing(spots, fine).all()):
        return None
    if not clear(saddles(picture, fine, plane.frames, _QUARTER)).all():
        return None
    if _goes_on(picture, fine.reshape(found.shape)):
        return None
    return _upright(picture, fine.reshape(found.shape))


def _found(picture: NDArray[np.uint8], board: ChessBoard) -> Lattice | None:
    size = (board.columns, board.rows)
    flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
    there, corners = cv2.findChessboardCorners(picture, size, flags=flags)
    if not there:  # slower, and sees what the quick one misses: blur, strong tilt, low contrast
        there, corners = cv2.findChessboardCornersSB(picture, size, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
    return np.asarray(corners, np.float64).reshape(board.rows, board.columns, 2) if there else None


def _goes_on(picture: NDArray[np.uint8], lattice: Lattice) -> bool:
    """Whether squares meet beyond one of the sides too: this is a part of a larger board."""
    for turned in (lattice, lattice[::-1], np.swapaxes(lattice, 0, 1), np.swapaxes(lattice, 0, 1)[::-1]):
        last = turned[0]
        along, across = np.gradient(last, axis=0), last - turned[1]
        beyond = last + across
        frames = np.stack([along, across], axis=-1)
        seen = inside(picture, beyond)
        depth = saddles(picture, np.concatenate([last, beyond]), np.concatenate([frames, frames]), _QUARTER)
        usual, there = float(np.median(depth[: len(last)])), depth[len(last) :][seen]
        if len(there) and float(np.mean(there > 0.4 * usual)) > 0.6:
            return True
    return False


def _upright(picture: NDArray[np.uint8], lattice: Lattice) -> Lattice:
    """The same corners in the order that `find_chessboard` promises."""
    orders = [lattice, lattice[::-1, ::-1]]
    if _turn(lattice) < 0:
        orders = [order[:, ::-1] for order in orders]
    if lattice.shape[0] == lattice.shape[1]:
        orders += [np.swapaxes(order, 0, 1)[:, ::-1] for order in orders]
    dark = [order for order in orders if _first_is_dark(picture, order)]
    return max(dark or orders, key=_rightward)


def _turn(lattice: Lattice) -> float:
    """Positive where y is clockwise from x, as a board shows itself from its front."""
    x, y = (np.diff(lattice, axis=axis).mean(axis=(0, 1)) for axis in (1, 0))
    return float(x[0] * y[1] - x[1] * y[0])


def _rightward(lattice: Lattice) -> float:
    x = np.diff(lattice, axis=1).mean(axis=(0, 1))
    return float(x[0] / np.linalg.norm(x))


def _first_is_dark(picture: NDArray[np.uint8], lattice: Lattice) -> bool:
    middles = (lattice[:-1, :-1] + lattice[1:, 1:] + lattice[:-1, 1:] + lattice[1:, :-1]) / 4
    column, row = np.rint(middles).astype(int).transpose(2, 0, 1)
    values = picture[row, column].astype(float)
    even = np.indices(values.shape).sum(axis=0) % 2 == 0
    return bool(values[even].mean() < values[~even].mean()) if (~even).any() else bool(values.mean() < 128)
