"""What lies behind the arm: the table with the ChArUco board, the trigger box with its LED, the floor.

A fixed camera draws it once, carefully, and from then on only puts back what the arm has covered. A
moving one draws it anew each frame, by its exact homography.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual import cell, scene_table
from hardware.virtual.cell import Layout
from hardware.virtual.scene_paint import Colour, Picture, Region, View, fill, fixed_point, region_around, view_from
from hardware.virtual.scene_solids import Box, Sight, Solids, look

_FINE = 3  # a fixed picture is drawn this much larger, then averaged
_TILE = 4  # pixels looked up: between these the homography is interpolated; its error stays below 0.05 px
_FLOOR: Colour = (92, 96, 101)
_APRON: Colour = (118, 92, 68)
_BOX_SIDE: Colour = (26, 27, 31)
_BOX_LID: Colour = (46, 49, 55)
# Outer ring to lamp. The glow stays below 255 with room for noise, as a lab's exposure should leave it.
_GLOW = np.array([(38, 92, 52), (66, 180, 96), (196, 232, 204)], dtype=np.float64)
_DULL = np.array([_BOX_LID, (24, 25, 28), (56, 70, 60)], dtype=np.float64)
_TURN = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_RING = np.stack([np.cos(_TURN), np.sin(_TURN), np.zeros(16)], axis=-1)
_RINGS = _RING * (cell.LED_RADIUS_M * np.array([2.4, 1.5, 1.0]))[:, None, None]
_NEAREST_M = 0.05
_HORIZON = 0.01  # 1/m: what is farther off than this, or above the horizon, is drawn as if it were there
_SHADOW = 0.62
_GRAIN_LEVELS = 1.2  # standard deviation of a fixed picture's grain; sets its size as JPEG
_HALVED = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1.0]])
_ALL: Region = (slice(None), slice(None))
_NO_MAP = np.empty(0, dtype=np.float32)


class _TriggerBox:
    """The box on the table. `rings`: the lamp and its glow on the lid, from the outside in, (3, points, 3) m."""

    def __init__(self, layout: Layout) -> None:
        (x0, y0, z0), (x1, y1, z1) = layout.box_min, layout.box_max
        foot_and_lid = [(x, y, z) for z in (z0, z1) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        self._corners = np.array(foot_and_lid)
        self.rings: Vector = layout.led + _RINGS
        self._led = np.append(layout.led, 1.0)

    def paint(self, picture: Picture, view: View, *, led: float) -> None:
        """Draw it in place, if it is in view."""
        if float(view.matrix[2] @ self._led) < _NEAREST_M:
            return
        corners = view.project(self._corners)
        size = picture.shape[1::-1]
        if (corners.max(axis=0) < 0).any() or (corners.min(axis=0) > size).any():
            return
        body = np.asarray(cv2.convexHull(corners.astype(np.float32)), dtype=np.float64).reshape(1, -1, 2)
        fill(picture, body, (_BOX_SIDE,))
        fill(picture, corners[None, 4:], (_BOX_LID,))
        fill(picture, view.project(self.rings), _lamp(led))


class Backdrop(Protocol):
    """Paints all that is not the arm, with the arm's shadow."""

    def paint(self, picture: Picture, stale: Region | None, view: View, sights: Sequence[Sight], *, led: float) -> None:
        """Put the backdrop into `picture`, (H, W, 3) RGB, whatever the arm had covered.

        `stale`: outside of it `picture` holds what this backdrop has painted; None: nothing of it does.
        """
        ...


class FixedBackdrop:
    """For a camera that never moves."""

    def __init__(self, layout: Layout, K: Matrix, pose: Matrix, width: int, height: int, seed: int) -> None:
        texture = scene_table.tones(layout, seed)
        self._lit = _still(layout, K, pose, (width, height), texture, scene_table.palette(), seed)
        self._shaded = _still(layout, K, pose, (width, height), texture, scene_table.palette(_SHADOW), seed)
        self._mask = np.zeros((height, width), dtype=np.uint8)
        led = view_from(K, pose).project(_TriggerBox(layout).rings)
        rings = fixed_point(led)
        self._lamp = region_around(rings.min(axis=1), rings.max(axis=1), width, height)
        self._dull, self._glow = (_with_lamp(self._lit, led, share)[self._lamp] for share in (0.0, 1.0))
        self._lamp_mask = (
            ((self._dull != self._lit[self._lamp]) | (self._glow != self._dull)).any(axis=-1).astype(np.uint8)
        )

    def paint(self, picture: Picture, stale: Region | None, view: View, sights: Sequence[Sight], *, led: float) -> None:
        """Put the still picture back, shade it below the arm, set the LED."""
        for region in (stale or _ALL, self._lamp):
            picture[region] = self._lit[region]
        for sight in sights:
            self._mask[sight.shaded] = 0
            sight.darken(self._mask, 255)
            cv2.copyTo(self._shaded[sight.shaded], self._mask[sight.shaded], picture[sight.shaded])
        lamp = cv2.addWeighted(self._glow, led, self._dull, 1 - led, 0.0)
        cv2.copyTo(lamp, self._lamp_mask, picture[self._lamp])


class MovingBackdrop:
    """For a camera on the wrist. Looks up every other pixel of every other row and averages between them.

    The table's picture is halved as well: then so little memory is read that it stays in the cache.
    """

    def __init__(self, layout: Layout, width: int, height: int, seed: int) -> None:
        self._box = _TriggerBox(layout)
        self._texture = cv2.resize(scene_table.tones(layout, seed), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        self._to_texture = _HALVED @ scene_table.to_picture(layout)
        # Of half the light, so that the sum of two rows is their average.
        self._half_palette = np.concatenate([scene_table.palette(), scene_table.palette(_SHADOW)]) // 2
        rows, columns = height // 2 + 1, width // 2 + 1
        self._sparse = np.empty((rows, columns), dtype=np.uint8)
        self._tones = np.empty((rows, 2 * columns - 2), dtype=np.uint8)
        self._rows = np.empty((rows, 2 * columns - 2, 3), dtype=np.uint8)
        self._mask = np.zeros((2 * rows, 2 * columns - 2), dtype=np.uint8)
        self._width = width
        x = 2 * ((np.arange(-(-columns // _TILE) + 2) - 0.5) * _TILE - 0.5)
        y = 2 * ((np.arange(-(-rows // _TILE) + 2) - 0.5) * _TILE - 0.5)
        grid_x, grid_y = np.meshgrid(x, y)
        self._knots = np.stack([grid_x.ravel(), grid_y.ravel(), np.ones(len(x) * len(y))])
        self._coarse = np.empty((len(y), len(x), 2), dtype=np.float32)
        self._maps = np.empty((len(y) * _TILE, len(x) * _TILE, 2), dtype=np.float32)

    def paint(self, picture: Picture, stale: Region | None, view: View, sights: Sequence[Sight], *, led: float) -> None:
        """Warp the table into the picture, shade it below the arm, put the box and its LED on it."""
        border = cv2.BORDER_REPLICATE
        cv2.remap(self._texture, self._map(view), _NO_MAP, cv2.INTER_LINEAR, self._sparse, border)
        between = cv2.addWeighted(self._sparse[:, :-1], 0.5, self._sparse[:, 1:], 0.5, 0.0)
        cv2.merge([self._sparse[:, :-1], between], self._tones.reshape(*between.shape, 2))
        for sight in sights:
            self._mask[sight.shaded] = 0
            sight.darken(self._mask, scene_table.TONES)
            rows, columns = sight.shaded
            shaded = slice((rows.start + 1) // 2, (rows.stop + 1) // 2), columns
            self._tones[shaded] |= self._mask[::2][shaded]
        cv2.applyColorMap(self._tones, self._half_palette, self._rows)
        rows = self._rows[:, : self._width]
        even = rows[: -(-len(picture) // 2)]
        cv2.add(even, even, picture[::2])
        cv2.add(rows[:-1], rows[1:], picture[1::2])
        self._box.paint(picture, view, led=led)

    def _map(self, view: View) -> NDArray[np.float32]:
        """Where in the table's picture each sparse pixel looks, (rows, columns, 2)."""
        x, y, w = (self._to_texture @ np.linalg.inv(view.plane)) @ self._knots
        w = np.maximum(w, _HORIZON)
        coarse = self._coarse.reshape(-1, 2)
        np.divide(x, w, out=coarse[:, 0], casting="same_kind")
        np.divide(y, w, out=coarse[:, 1], casting="same_kind")
        rows, columns = self._maps.shape[:2]
        cv2.resize(self._coarse, (columns, rows), self._maps, interpolation=cv2.INTER_LINEAR)
        rows, columns = self._sparse.shape
        return self._maps[_TILE : _TILE + rows, _TILE : _TILE + columns]


def _still(
    layout: Layout, K: Matrix, pose: Matrix, size: tuple[int, int], texture: Picture, colours: Picture, seed: int
) -> Picture:
    """The whole backdrop, drawn large and averaged; only the table takes the light of `colours`."""
    scale = np.array([[_FINE, 0, (_FINE - 1) / 2], [0, _FINE, (_FINE - 1) / 2], [0, 0, 1.0]])
    large = view_from(scale @ K, pose)
    width, height = size
    size = (width * _FINE, height * _FINE)
    picture = _floor(*size, seed).copy()
    _paint_apron(picture, layout, large)
    table = cv2.applyColorMap(texture, np.concatenate([colours, colours]))
    inverse = scene_table.to_picture(layout) @ np.linalg.inv(large.plane)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpPerspective(table, inverse, size, picture, flags, cv2.BORDER_TRANSPARENT)
    _TriggerBox(layout).paint(picture, large, led=0.0)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0.0, _GRAIN_LEVELS, (height, width, 1))
    return np.clip(small + grain, 0, 255).astype(np.uint8)


def _with_lamp(still: Picture, rings: Vector, led: float) -> Picture:
    picture = still.copy()
    fill(picture, rings, _lamp(led))
    return picture


def _lamp(led: float) -> Sequence[Colour]:
    """RGB of the LED's rings, from the outside in."""
    rings: list[Colour] = np.clip(np.rint(_DULL + led * (_GLOW - _DULL)), 0, 255).tolist()
    return rings


@lru_cache(maxsize=1)
def _floor(width: int, height: int, seed: int) -> Picture:
    """The same for each camera of one size; slow to draw."""
    noise = np.random.default_rng(seed).normal(0.0, 6.0, (12, 16)).astype(np.float32)
    clouds = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    fade = np.linspace(1.15, 0.75, height)[:, None]
    floor = np.array(_FLOOR)[None, None] * fade[..., None] + clouds[..., None]
    return np.clip(floor, 0, 255).astype(np.uint8)


def _paint_apron(picture: Picture, layout: Layout, view: View) -> None:
    (x0, y0), (x1, y1) = layout.table_min, layout.table_max
    edge = Solids((), (Box(0, (x0, y0, -0.04), (x1, y1, 0.0), _APRON),))
    height, width = picture.shape[:2]
    look(edge, np.eye(4)[None], view, width, height).paint(picture)
