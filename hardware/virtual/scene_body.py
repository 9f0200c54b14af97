"""The shape of an FR3 with its hand, and of the cube: rough, but each part moves exactly with its joint.

Link lengths are the Denavit-Hartenberg parameters of `kinematics`; radii are taken by eye from pictures.
"""

import numpy as np

from hardware.samples import Vector
from hardware.virtual import cell, kinematics
from hardware.virtual.kinematics import Matrix
from hardware.virtual.scene_paint import Colour
from hardware.virtual.scene_solids import Box, Capsule, Solids

_WHITE: Colour = (236, 237, 240)
_GREY: Colour = (128, 134, 144)
_DARK: Colour = (58, 61, 68)
_RUBBER: Colour = (38, 40, 44)
_RED: Colour = (214, 62, 48)

_HAND_FRAME, _LEFT, _RIGHT = 9, 10, 11  # after the nine frames of `kinematics.frames`
TAG_FRAMES = slice(12, 12 + len(cell.TAGS))
"""Which of `frames` are the tags'."""
_CUBE_FRAME = TAG_FRAMES.stop
_ON_FLANGE = np.stack([*[kinematics.HAND] * 3, *(tag.pose for tag in cell.TAGS)])

_LINKS = (
    Capsule(0, (-0.085, 0.0, 0.03), (0.01, 0.0, 0.03), 0.058, 0.072, _GREY),
    Capsule(0, (-0.05, 0.0, 0.07), (0.0, 0.0, 0.09), 0.05, 0.068, _WHITE),
    Capsule(1, (0.0, 0.0, -0.21), (0.0, 0.0, -0.01), 0.064, 0.062, _WHITE),
    Capsule(2, (0.0, 0.0, -0.065), (0.0, 0.0, 0.065), 0.06, 0.06, _GREY),
    Capsule(3, (0.0, 0.0, -0.30), (0.0, 0.0, -0.14), 0.062, 0.058, _WHITE),
    Capsule(3, (0.0, 0.0, -0.13), (0.02, 0.0, -0.02), 0.056, 0.056, _WHITE),
    Capsule(3, (0.02, 0.0, -0.02), (0.0825, 0.0, 0.0), 0.056, 0.056, _WHITE),
    Capsule(4, (0.0, 0.0, -0.058), (0.0, 0.0, 0.058), 0.055, 0.055, _GREY),
    Capsule(4, (0.0, 0.0, 0.0), (-0.07, 0.04, 0.0), 0.055, 0.056, _WHITE),
    Capsule(5, (0.0, 0.0, -0.33), (0.0, 0.0, -0.19), 0.057, 0.054, _WHITE),
    Capsule(5, (0.0, 0.0, -0.19), (0.0, 0.0, -0.02), 0.054, 0.047, _WHITE),
    Capsule(6, (0.0, 0.0, -0.052), (0.0, 0.0, 0.052), 0.05, 0.05, _GREY),
    Capsule(6, (0.0, 0.0, 0.0), (0.07, 0.0, 0.0), 0.05, 0.048, _WHITE),
    Capsule(7, (0.0, 0.0, -0.04), (0.0, 0.0, 0.05), 0.05, 0.047, _WHITE),
    Capsule(7, (0.0, 0.0, 0.068), (0.0, 0.0, 0.082), 0.04, 0.04, _DARK),
)
_HALF_CUBE = cell.CUBE_M / 2
_HAND_BOXES = (
    Box(_HAND_FRAME, (-0.031, -0.101, -0.100), (0.031, 0.101, -0.046), _WHITE),
    Box(_LEFT, (-0.011, 0.0, -0.046), (0.011, 0.017, -0.010), _DARK),
    Box(_LEFT, (-0.009, 0.0, -0.010), (0.009, 0.010, 0.009), _RUBBER),
    Box(_RIGHT, (-0.011, -0.017, -0.046), (0.011, 0.0, -0.010), _DARK),
    Box(_RIGHT, (-0.009, -0.010, -0.010), (0.009, 0.0, 0.009), _RUBBER),
)
_CUBE = Box(_CUBE_FRAME, (-_HALF_CUBE, -_HALF_CUBE, -_HALF_CUBE), (_HALF_CUBE, _HALF_CUBE, _HALF_CUBE), _RED)


def solids(*, cube: bool) -> Solids:
    """The arm, the hand with its fingers and, if it is there, the cube."""
    return Solids(_LINKS, (*_HAND_BOXES, _CUBE) if cube else _HAND_BOXES)


def frames(q: Vector, width: float, cube: Vector | None) -> Matrix:
    """Poses (15, 4, 4) in the base frame of all that `solids` hang on, and of the tags.

    q (7,) rad; width: opening m; cube: centre (3,) m in the base frame.
    """
    poses = np.empty((_CUBE_FRAME + 1, 4, 4))
    poses[:9] = kinematics.frames(q)
    poses[_HAND_FRAME:_CUBE_FRAME] = poses[8] @ _ON_FLANGE
    aside = poses[_HAND_FRAME, :3, 1] * (width / 2)
    poses[_LEFT, :3, 3] += aside
    poses[_RIGHT, :3, 3] -= aside
    poses[_CUBE_FRAME] = np.eye(4)
    if cube is not None:
        poses[_CUBE_FRAME, :3, 3] = cube
    return poses
