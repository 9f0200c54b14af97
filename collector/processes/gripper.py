"""Process: one gripper. Its calls block for up to a second, so it lives alone and takes the latest command only."""

import time
from dataclasses import asdict

from collector.links import Channel, Links, RingReader, RingWriter
from hardware.config import FrankaHandConfig, RigConfig
from hardware.interfaces import DeviceError, DeviceLost, Gripper
from hardware.open import open_gripper
from hardware.rows import as_row
from hardware.samples import monotonic_ns

_DEADBAND = 0.02  # of full width
_GRASP_BELOW = 0.3  # of full width: below this, close with force instead of to a width
_STATUS_NS = 200_000_000
_MARGIN_NS = 2_500_000_000  # beyond the time that a call should take; blocked fingers need a second to fail a move


def main(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Follow the commanded width and report the measured one."""
    config = rig.followers[name].gripper
    assert isinstance(config, FrankaHandConfig)
    gripper = open_gripper(rig, name)
    try:
        info = asdict(gripper.info())
        _halt(gripper)  # of a process before us, a command may still run
        channel.report("ready", info=info)
        loop = Loop(gripper, config, RingReader(links[f"commands/{name}"]), RingWriter(links[f"grippers/{name}"]))
        while not channel.stopped:
            loop.cycle(channel)
            channel.verbs()
    finally:
        gripper.close()


class Loop:
    """Read, and once in a while command, each promised to the watchdog (collector/watchdog.py) before it begins."""

    def __init__(self, gripper: Gripper, config: FrankaHandConfig, commands: RingReader, out: RingWriter) -> None:
        self._gripper = gripper
        self._config = config
        self._commands = commands
        self._out = out
        self._told = float("nan")
        self._blocked = 0
        self._next_command = self._next_status = monotonic_ns()
        self._stroke_ns = int(gripper.max_width / config.speed * 1e9)

    def cycle(self, channel: Channel) -> None:
        """One state, and one command if there is a new one."""
        self._out.write(as_row(self._gripper.read()))
        now = monotonic_ns()
        width = self._wanted()
        if width is not None and now >= self._next_command:
            self._told, self._next_command = width, now + int(1e9 / self._config.rate_hz)
            self._report(channel, now, self._stroke_ns)
            self._drive(width)
            self._next_status = now  # at once: the promise of the command is not that of a read
        elif now >= self._next_status:
            self._report(channel, now, 0)
            self._next_status = now + _STATUS_NS

    def _wanted(self) -> float | None:
        """The latest width, 0 for a grasp, unless the hand was told it, give or take the dead band."""
        row = self._commands.latest()
        width = float("nan") if row is None else float(row["sent_width"])
        if width < _GRASP_BELOW * self._gripper.max_width:
            width = 0.0
        if width != width or abs(width - self._told) < _DEADBAND * self._gripper.max_width:
            return None
        return width

    def _drive(self, width: float) -> None:
        try:
            if width > 0.0:
                self._gripper.move(width, self._config.speed)
            else:
                self._gripper.grasp(0.0, self._config.speed, self._config.force)
        except DeviceLost:
            raise
        except DeviceError:  # something is between the fingers: what they are there for
            self._blocked += 1
            _halt(self._gripper)

    def _report(self, channel: Channel, now: int, takes_ns: int) -> None:
        channel.report(
            "status",
            cpu_s=time.process_time(),
            told=self._told,
            blocked=self._blocked,
            due_ns=now + takes_ns + _MARGIN_NS,
        )


def _halt(gripper: Gripper) -> None:
    try:
        gripper.stop()
    except DeviceLost:
        raise
    except DeviceError:
        pass  # a hand at rest may refuse to stop
