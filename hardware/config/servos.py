"""Dynamixel servos, wherever they are."""

from typing import Literal

DynamixelModel = Literal[
    "xl330-m288", "xl330-m077", "xc330-t288", "xl430-w250", "xm430-w210", "xm430-w350", "xm540-w270"
]
"""Servo models; their number is checked at start. xl430 measures load instead of current."""
