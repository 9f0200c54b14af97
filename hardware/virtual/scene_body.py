"""The shapes of the arms with their hands, and of the cube: rough, but each part moves exactly with its joint.

Link lengths are those of hardware.arms.models; radii are taken by eye from pictures. An arm of n joints has
the n + 2 frames of its model, then its hand's and its fingers'.
"""

from dataclasses import dataclass
from typing import assert_never

from hardware.config.followers import ArmName
from hardware.virtual import cell
from hardware.virtual.scene_paint import Colour
from hardware.virtual.scene_solids import Box, Capsule

_WHITE: Colour = (236, 237, 240)
_GREY: Colour = (128, 134, 144)
_DARK: Colour = (58, 61, 68)
_RUBBER: Colour = (38, 40, 44)
_RED: Colour = (214, 62, 48)
_BLACK: Colour = (70, 72, 78)
_STEEL: Colour = (150, 154, 160)


@dataclass(frozen=True, slots=True)
class Body:
    """An arm's links, and the boxes of its base, hand and fingers."""

    links: tuple[Capsule, ...]
    boxes: tuple[Box, ...]


def body(arm: ArmName) -> Body:
    """What an arm looks like."""
    match arm:
        case "fr3":
            return _FR3
        case "viperx300s":
            return _VIPERX300S
        case _:
            assert_never(arm)


def cube(frame: int) -> Box:
    """The cube, its centre in the origin of this frame."""
    half = cell.CUBE_M / 2
    return Box(frame, (-half, -half, -half), (half, half, half), _RED)


def _fr3() -> Body:
    hand, left, right = 9, 10, 11
    return Body(
        (
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
        ),
        (
            Box(hand, (-0.031, -0.101, -0.100), (0.031, 0.101, -0.046), _WHITE),
            Box(left, (-0.011, 0.0, -0.046), (0.011, 0.017, -0.010), _DARK),
            Box(left, (-0.009, 0.0, -0.010), (0.009, 0.010, 0.009), _RUBBER),
            Box(right, (-0.011, -0.017, -0.046), (0.011, 0.0, -0.010), _DARK),
            Box(right, (-0.009, -0.010, -0.010), (0.009, 0.0, 0.009), _RUBBER),
        ),
    )


def _viperx300s() -> Body:
    hand, left, right = 8, 9, 10
    return Body(
        (
            Capsule(1, (0.0, 0.0, -0.03), (0.0, 0.0, 0.04), 0.055, 0.045, _BLACK),
            Capsule(2, (0.0, -0.05, 0.0), (0.0, 0.05, 0.0), 0.034, 0.034, _STEEL),
            Capsule(2, (0.0, 0.0, 0.0), (0.0, 0.0, 0.15), 0.032, 0.03, _BLACK),
            Capsule(2, (0.0, 0.0, 0.15), (0.0, 0.0, 0.30), 0.03, 0.03, _BLACK),
            Capsule(2, (0.0, 0.0, 0.30), (0.05955, 0.0, 0.30), 0.03, 0.03, _BLACK),
            Capsule(3, (0.0, -0.045, 0.0), (0.0, 0.045, 0.0), 0.032, 0.032, _STEEL),
            Capsule(3, (0.0, 0.0, 0.0), (0.10, 0.0, 0.0), 0.03, 0.028, _BLACK),
            Capsule(3, (0.10, 0.0, 0.0), (0.19, 0.0, 0.0), 0.028, 0.028, _BLACK),
            Capsule(4, (0.0, 0.0, 0.0), (0.08, 0.0, 0.0), 0.027, 0.025, _STEEL),
            Capsule(5, (0.0, -0.032, 0.0), (0.0, 0.032, 0.0), 0.026, 0.026, _BLACK),
            Capsule(5, (0.0, 0.0, 0.0), (0.06, 0.0, 0.0), 0.025, 0.024, _BLACK),
        ),
        (
            Box(0, (-0.11, -0.08, 0.0), (0.11, 0.08, 0.055), _BLACK),
            Box(hand, (-0.026, -0.026, -0.115), (0.026, 0.026, -0.075), _BLACK),
            Box(hand, (-0.018, -0.068, -0.078), (0.018, 0.068, -0.058), _STEEL),
            Box(left, (-0.012, 0.0, -0.058), (0.012, 0.012, -0.012), _BLACK),
            Box(left, (-0.010, 0.0, -0.012), (0.010, 0.008, 0.009), _RUBBER),
            Box(right, (-0.012, -0.012, -0.058), (0.012, 0.0, -0.012), _BLACK),
            Box(right, (-0.010, -0.008, -0.012), (0.010, 0.0, 0.009), _RUBBER),
        ),
    )


_FR3 = _fr3()
_VIPERX300S = _viperx300s()
