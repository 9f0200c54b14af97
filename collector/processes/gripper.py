"""Process: one gripper. Its calls block for up to a second, so it lives alone and takes the latest command only."""

import time
from dataclasses import asdict

from collector.links import Channel, Links, RingAddress, RingReader, RingWriter
from hardware.config import FrankaHandConfig, RigConfig
from hardware.interfaces import DeviceError, DeviceLost, Gripper
from hardware.open import open_gripper
from hardware.rows import as_row
from hardware.samples import monotonic_ns

_DEADBAND = 0.02  # of full width
_GRASP_BELOW = 0.3  # of full width: below this, close with force instead of to a width


def main(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Follow the commanded width and report the measured one."""
    config = rig.followers[name].gripper
    assert config is not None
    gripper = open_gripper(rig, name)
    try:
        channel.report("ready", info=asdict(gripper.info()))
        _follow(
            gripper,
            config,
            RingReader(links[f"commands/{name}"]),
            links[f"grippers/{name}"],
            channel,
        )
    finally:
        gripper.close()


def _follow(
    gripper: Gripper,
    config: FrankaHandConfig,
    commands: RingReader,
    out: RingAddress,
    channel: Channel,
) -> None:
    ring = RingWriter(out)
    told, blocked = float("nan"), 0
    next_command = next_status = monotonic_ns()
    while not channel.stopped:
        ring.write(as_row(gripper.read()))
        now = monotonic_ns()
        row = commands.latest()
        if row is not None and now >= next_command:
            width = float(row["sent_width"])
            if width == width and not abs(width - told) < _DEADBAND * gripper.max_width:
                told, next_command = width, now + int(1e9 / config.rate_hz)
                try:
                    _drive(gripper, config, width)
                except DeviceLost:
                    raise
                except DeviceError:  # something is between the fingers: what they are there for
                    blocked += 1
        if now >= next_status:
            channel.verbs()
            channel.report("status", cpu_s=time.process_time(), told=told, blocked=blocked)
            next_status = now + 200_000_000


def _drive(gripper: Gripper, config: FrankaHandConfig, width: float) -> None:
    if width < _GRASP_BELOW * gripper.max_width:
        gripper.grasp(0.0, config.speed, config.force)
    else:
        gripper.move(width, config.speed)
