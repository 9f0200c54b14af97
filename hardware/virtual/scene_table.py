"""The table with the ChArUco board as one flat picture of 1 mm pixels in shades ("tones"), and their colours."""

from functools import lru_cache

import cv2
import numpy as np
from cv2.typing import MatLike

from hardware.arms.kinematics import Matrix
from hardware.virtual import cell
from hardware.virtual.cell import Layout
from hardware.virtual.scene_paint import Colour, Picture

TONES = 128
"""How many there are: one bit of a byte is left."""

_Point = tuple[float, float]

_PIXELS_M = 1000.0
_BLACK, _WHITE = 8, 122  # tones of the board's print and paper
_MARGIN = 12  # px of white paper around the squares
_TAG_MARGIN = 7
_SOFT_PX = 1.4
_RAMP: tuple[tuple[int, Colour], ...] = (
    (0, (14, 14, 17)),
    (30, (62, 52, 46)),
    (60, (150, 119, 86)),
    (85, (201, 173, 136)),
    (107, (232, 222, 206)),
    (127, (250, 250, 248)),
)


def to_picture(layout: Layout) -> Matrix:
    """Homography (3, 3) from table coordinates (x, y, 1) m to pixels of the table's picture.

    The picture has +x at its top, as the wrist camera has at home: rows are then read along memory.
    """
    x, y = layout.table_max
    return np.array([[0, -_PIXELS_M, y * _PIXELS_M - 0.5], [-_PIXELS_M, 0, x * _PIXELS_M - 0.5], [0, 0, 1.0]])


def palette(level: float = 1.0) -> Picture:
    """RGB of each tone in a light of `level`, (TONES, 1, 3)."""
    known = [tone for tone, _ in _RAMP]
    channels = [np.interp(np.arange(TONES), known, [c[i] for _, c in _RAMP]) for i in range(3)]
    return np.rint(np.stack(channels, axis=-1)[:, None] * level).astype(np.uint8)


def tones(layout: Layout, seed: int) -> Picture:
    """The table's picture, read-only: planks with grain, the board and tags on them. All cameras share one."""
    tags = tuple((tag.id, float(tag.pose[0, 3]), float(tag.pose[1, 3])) for tag in layout.table_tags)
    return _tones(layout.table_min, layout.table_max, tags, seed)


@lru_cache(maxsize=1)
def _tones(least: _Point, most: _Point, tags: tuple[tuple[int, float, float], ...], seed: int) -> Picture:
    """Drawn with x to the right, then turned. `least`, `most`: corners of the table; tags: number and middle, m."""
    rng = np.random.default_rng(seed)
    width = round((most[0] - least[0]) * _PIXELS_M)
    height = round((most[1] - least[1]) * _PIXELS_M)
    shade = np.full((height, width), 148.0)
    plank = 160
    for top in range(0, height, plank):
        shade[top : top + plank] += rng.normal(0.0, 7.0)
        shade[top : top + 3] -= 30.0
    for stretch, thick, level in ((220, 14, 7.0), (90, 4, 7.0), (14, 2, 4.0)):
        noise = rng.normal(0.0, level, (height // thick + 1, width // stretch + 2)).astype(np.float32)
        shade += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    shade += rng.normal(0.0, 2.2, shade.shape)
    picture = (np.clip(shade, 95, 190) / 2).astype(np.uint8)
    origin = least[0], most[1]
    _lay_board(picture, origin)
    _lay_tags(picture, origin, tags)
    turned = np.ascontiguousarray(np.rot90(picture))
    turned.flags.writeable = False
    return turned


def _lay_board(table: Picture, origin: _Point) -> None:
    """Print the board on the table."""
    length, breadth = (round(edge * _PIXELS_M) for edge in cell.BOARD.size_m)
    large = cell.BOARD.opencv().generateImage((4 * length, 4 * breadth))
    corner = cell.board_pose()[:2, 3]
    _lay(table, origin, large, (length, breadth), _MARGIN, (float(corner[0]), float(corner[1])))


def _lay_tags(table: Picture, origin: _Point, tags: tuple[tuple[int, float, float], ...]) -> None:
    edge, half = round(cell.TAG_M * _PIXELS_M), cell.TAG_M / 2
    marks = cv2.aruco.getPredefinedDictionary(cell.BOARD.dictionary)
    for number, x, y in tags:
        large = cv2.aruco.generateImageMarker(marks, number, 4 * edge)
        _lay(table, origin, large, (edge, edge), _TAG_MARGIN, (x - half, y + half))


def _lay(table: Picture, origin: _Point, large: MatLike, size: tuple[int, int], margin: int, corner: _Point) -> None:
    """Print on white paper, a little soft: sharper edges would alias and shift the corners.

    `origin`, `corner`: the table's and the print's, without its margin: least x and greatest y; m on the table.
    """
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    paper = np.pad(np.asarray(small, dtype=np.uint8), margin, constant_values=255)
    soft = cv2.GaussianBlur(paper, (9, 9), _SOFT_PX)
    x = round((corner[0] - origin[0]) * _PIXELS_M) - margin
    y = round((origin[1] - corner[1]) * _PIXELS_M) - margin
    table[y : y + soft.shape[0], x : x + soft.shape[1]] = np.rint(soft / 255.0 * (_WHITE - _BLACK) + _BLACK)
