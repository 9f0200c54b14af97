"""What lies behind the arm: the table with the ChArUco board, the trigger box with its LED, the floor.

A table is one flat picture of 1 mm pixels in shades ("tones"); a palette gives them colour. A fixed
camera draws it once, carefully. A moving one draws it anew each frame, by its exact homography.
"""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.virtual import cell
from hardware.virtual.kinematics import Matrix
from hardware.virtual.scene_paint import (
    Boxes,
    Capsules,
    Colour,
    Picture,
    Placed,
    Polygons,
    View,
    darken,
    fill,
    paint,
    place,
    shadows,
)

_PIXELS_M = 1000.0  # of the table's picture
_FINE = 3  # a fixed picture is drawn this much larger, then averaged
_TILE = 8  # px: between these the homography is interpolated; its error stays below 0.05 px
_FLOOR: Colour = (92, 96, 101)
_APRON: Colour = (118, 92, 68)
_BOX_SIDE: Colour = (26, 27, 31)
_BOX_LID: Colour = (46, 49, 55)
_GLOW: tuple[Colour, ...] = ((38, 92, 52), (66, 190, 96), (214, 255, 220))
_DULL: tuple[Colour, ...] = (_BOX_LID, (24, 25, 28), (56, 70, 60))
_TURN = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_RINGS = (
    np.stack([np.cos(_TURN), np.sin(_TURN), np.zeros(16)], axis=-1)
    * (cell.LED_RADIUS_M * np.array([2.4, 1.5, 1.0]))[:, None, None]
)
_SHADOW = 0.62
_GRAIN_LEVELS = 1.2  # standard deviation of a fixed picture's grain; sets its size as JPEG
_BLACK, _WHITE = 8, 122  # tones of the board's print and paper
_MARGIN = 12  # px of white paper around the squares
_SOFT_PX = 0.7
_SHADED = 128  # this bit of a tone says: in the shadow
_RAMP: tuple[tuple[int, Colour], ...] = (
    (0, (14, 14, 17)),
    (30, (62, 52, 46)),
    (60, (150, 119, 86)),
    (85, (201, 173, 136)),
    (107, (232, 222, 206)),
    (127, (250, 250, 248)),
)
_NO_MAP = np.empty(0, dtype=np.float32)


class Backdrop(Protocol):
    """Paints all that is not the arm, with the arm's shadow."""

    def paint(self, picture: Picture, view: View, solids: Placed, *, led: bool) -> None:
        """Overwrite the whole picture, (H, W, 3) RGB."""
        ...


class FixedBackdrop:
    """For a camera that never moves."""

    def __init__(self, view: View, width: int, height: int, seed: int) -> None:
        tones = _table_tones(seed)
        self._lit = _still(view, width, height, tones, _palette(), seed)
        self._shaded = _still(view, width, height, tones, _palette(_SHADOW), seed)
        self._mask = np.zeros((height, width), dtype=np.uint8)
        self._led = _led_rings(view)

    def paint(self, picture: Picture, view: View, solids: Placed, *, led: bool) -> None:
        """Copy the still picture, shade it below the arm, set the LED."""
        np.copyto(picture, self._lit)
        self._mask.fill(0)
        darken(self._mask, shadows(view, solids), 255)
        cv2.copyTo(self._shaded, self._mask, picture)
        fill(picture, self._led, _GLOW if led else _DULL)


class MovingBackdrop:
    """For a camera on the wrist."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._size = (width, height)
        self._table = _table_tones(seed)
        self._palette = np.concatenate([_palette(), _palette(_SHADOW)])
        self._mask = np.zeros((height, width), dtype=np.uint8)
        self._tones = np.empty((height, width), dtype=np.uint8)
        columns, rows = -(-width // _TILE) + 2, -(-height // _TILE) + 2
        x = (np.arange(columns) - 0.5) * _TILE - 0.5
        y = (np.arange(rows) - 0.5) * _TILE - 0.5
        grid_x, grid_y = np.meshgrid(x, y)
        self._knots = np.stack([grid_x.ravel(), grid_y.ravel(), np.ones(rows * columns)])
        self._coarse = np.empty((rows, columns, 2), dtype=np.float32)
        self._maps = np.empty((rows * _TILE, columns * _TILE, 2), dtype=np.float32)

    def paint(self, picture: Picture, view: View, solids: Placed, *, led: bool) -> None:
        """Warp the table into the picture, shade it below the arm, put the box and its LED on it."""
        border = cv2.BORDER_REPLICATE
        cv2.remap(self._table, self._map(view), _NO_MAP, cv2.INTER_LINEAR, self._tones, border)
        self._mask.fill(0)
        darken(self._mask, shadows(view, solids), _SHADED)
        cv2.bitwise_or(self._tones, self._mask, self._tones)
        cv2.applyColorMap(self._tones, self._palette, picture)
        _paint_box(picture, view, led=led)

    def _map(self, view: View) -> NDArray[np.float32]:
        """Where in the table's picture each pixel looks, (H, W, 2)."""
        width, height = self._size
        x, y, w = (_to_texture() @ np.linalg.inv(view.plane())) @ self._knots
        coarse = self._coarse.reshape(-1, 2)
        np.divide(x, w, out=coarse[:, 0], casting="same_kind")
        np.divide(y, w, out=coarse[:, 1], casting="same_kind")
        rows, columns = self._maps.shape[:2]
        cv2.resize(self._coarse, (columns, rows), self._maps, interpolation=cv2.INTER_LINEAR)
        return self._maps[_TILE : _TILE + height, _TILE : _TILE + width]


def _to_texture() -> Matrix:
    """Homography (3, 3) from table coordinates (x, y, 1) m to pixels of the table's picture.

    The picture has +x at its top, as the wrist camera has at home: rows are then read along memory.
    """
    x, y = cell.TABLE_MAX
    return np.array([[0, -_PIXELS_M, y * _PIXELS_M - 0.5], [-_PIXELS_M, 0, x * _PIXELS_M - 0.5], [0, 0, 1.0]])


def _palette(level: float = 1.0) -> Picture:
    """RGB of each tone in a light of `level`, (128, 1, 3)."""
    tones = [tone for tone, _ in _RAMP]
    channels = [np.interp(np.arange(128), tones, [c[i] for _, c in _RAMP]) for i in range(3)]
    return np.rint(np.stack(channels, axis=-1)[:, None] * level).astype(np.uint8)


def _table_tones(seed: int) -> Picture:
    """The table's picture: planks with grain, and the board on them; drawn with x to the right, then turned."""
    rng = np.random.default_rng(seed)
    width = round((cell.TABLE_MAX[0] - cell.TABLE_MIN[0]) * _PIXELS_M)
    height = round((cell.TABLE_MAX[1] - cell.TABLE_MIN[1]) * _PIXELS_M)
    tones = np.full((height, width), 148.0)
    plank = 160
    for top in range(0, height, plank):
        tones[top : top + plank] += rng.normal(0.0, 7.0)
        tones[top : top + 3] -= 30.0
    for stretch, thick, level in ((220, 14, 7.0), (90, 4, 7.0), (14, 2, 4.0)):
        noise = rng.normal(0.0, level, (height // thick + 1, width // stretch + 2)).astype(np.float32)
        tones += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    tones += rng.normal(0.0, 2.2, tones.shape)
    picture = (np.clip(tones, 95, 190) / 2).astype(np.uint8)
    _lay_board(picture)
    return np.ascontiguousarray(np.rot90(picture))


def _lay_board(table: Picture) -> None:
    """Print the board on white paper, a little soft: sharper edges would alias and shift its corners."""
    length, breadth = (round(edge * _PIXELS_M) for edge in cell.BOARD.size_m)
    large = cell.BOARD.opencv().generateImage((4 * length, 4 * breadth))
    board = cv2.resize(large, (length, breadth), interpolation=cv2.INTER_AREA)
    paper = np.pad(np.asarray(board, dtype=np.uint8), _MARGIN, constant_values=255)
    soft = cv2.GaussianBlur(paper, (5, 5), _SOFT_PX)
    corner = cell.board_pose()[:2, 3]
    x = round((float(corner[0]) - cell.TABLE_MIN[0]) * _PIXELS_M) - _MARGIN
    y = round((cell.TABLE_MAX[1] - float(corner[1])) * _PIXELS_M) - _MARGIN
    tones = np.rint(soft / 255.0 * (_WHITE - _BLACK) + _BLACK)
    table[y : y + soft.shape[0], x : x + soft.shape[1]] = tones


def _still(view: View, width: int, height: int, tones: Picture, palette: Picture, seed: int) -> Picture:
    """The whole backdrop, drawn large and averaged; only the table takes the palette's light."""
    scale = np.array([[_FINE, 0, (_FINE - 1) / 2], [0, _FINE, (_FINE - 1) / 2], [0, 0, 1.0]])
    large = View(scale @ view.K, view.T_camera_world)
    size = (width * _FINE, height * _FINE)
    picture = np.empty((size[1], size[0], 3), dtype=np.uint8)
    _paint_floor(picture, seed)
    _paint_apron(picture, large)
    table = cv2.applyColorMap(tones, np.concatenate([palette, palette]))
    inverse = _to_texture() @ np.linalg.inv(large.plane())
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpPerspective(table, inverse, size, picture, flags, cv2.BORDER_TRANSPARENT)
    _paint_box(picture, large, led=False)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0.0, _GRAIN_LEVELS, (height, width, 1))
    return np.clip(small + grain, 0, 255).astype(np.uint8)


def _paint_floor(picture: Picture, seed: int) -> None:
    height, width = picture.shape[:2]
    noise = np.random.default_rng(seed).normal(0.0, 6.0, (12, 16)).astype(np.float32)
    clouds = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    fade = np.linspace(1.15, 0.75, height)[:, None]
    floor = np.array(_FLOOR)[None, None] * fade[..., None] + clouds[..., None]
    picture[:] = np.clip(floor, 0, 255).astype(np.uint8)


def _paint_apron(picture: Picture, view: View) -> None:
    (x0, y0), (x1, y1) = cell.TABLE_MIN, cell.TABLE_MAX
    edge = Boxes(
        np.zeros(1, dtype=np.intp),
        np.array([[x0, y0, -0.04]]),
        np.array([[x1, y1, 0.0]]),
        np.array([_APRON], dtype=float),
    )
    none = np.empty((0, 3))
    capsules = Capsules(np.empty(0, dtype=np.intp), none, none, np.empty(0), np.empty(0), none)
    paint(picture, view, place(capsules, edge, np.eye(4)[None]))


def _paint_box(picture: Picture, view: View, *, led: bool) -> None:
    if view.to_camera(cell.LED)[2] < 0.05:
        return
    (x0, y0, z0), (x1, y1, z1) = cell.BOX_MIN, cell.BOX_MAX
    foot, lid = ([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)] for z in (z0, z1))
    corners = view.project(np.array([*foot, *lid]))
    body = np.asarray(cv2.convexHull(corners.astype(np.float32)), dtype=np.float64).reshape(1, -1, 2)
    fill(picture, body, (_BOX_SIDE,))
    fill(picture, corners[None, 4:], (_BOX_LID,))
    fill(picture, _led_rings(view), _GLOW if led else _DULL)


def _led_rings(view: View) -> Polygons:
    """The lamp and its glow on the lid, from the outside in: (3, points, 2) px."""
    return view.project(cell.LED + _RINGS)
