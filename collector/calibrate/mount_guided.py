"""The operator moves the arm by its leader and pauses; what the cameras see at each pause is taken."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from collector.calibrate.guide import Enough, Show
from collector.calibrate.looks import Looks
from collector.calibrate.mount_capture import Job, MountCapture
from collector.record import Rig
from hardware.config import RigConfig

_FOLLOWS_S = 0.5  # how often to look whether the robot still follows

Led = Callable[[], None]
"""Called now and then: an arm that was held follows again."""


@contextmanager
def led_by_hand(rig: Rig, config: RigConfig) -> Generator[Led]:
    """The robots go to their leaders and follow them; afterwards they rest. Raises RigFault.

    Where a deadman's switch must be held, `clap teleop` beside this one does that, for it has the keys.
    """
    if config.teleop.deadman != "off":
        yield lambda: None
        return
    rig.follow()
    try:
        yield rig.follow
    finally:
        rig.rest()


def capture_mount(looks: Looks, capture: MountCapture, job: Job, show: Show, enough: Enough, led: Led) -> None:
    """Look until there are enough poses that differ enough, or the operator (Ctrl-C too) has had enough."""
    began = time.monotonic()
    title = f"Mount of {', '.join(job.cameras)}: move {job.arm} by its leader, and pause"
    next_led = began
    try:
        while not enough():
            spread = capture.diversity
            if spread is not None and spread.enough and min(capture.counts.values()) >= job.poses:
                break
            if time.monotonic() >= next_led:
                led()
                next_led = time.monotonic() + _FOLLOWS_S
            capture.feed(looks.arm(job.arm), {camera: looks.look(camera) for camera in (*job.cameras, *job.beside)})
            show(capture.guide(title, time.monotonic() - began))
            looks.wait()
    except KeyboardInterrupt:
        pass
