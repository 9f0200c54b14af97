"""The rig moves its arm by itself, through teleoperation's gates and limits: to way-points, a look at each."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from collector.calibrate.bench import Bench
from collector.calibrate.guide import Show
from collector.calibrate.looks import Looks
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.silence import TIMES, led_no_more
from collector.playback import PosesOrder
from collector.record import Rig, RigFault
from collector.rig_status import all_follow, teleop_reasons
from hardware.config import RigConfig
from hardware.samples import Vector

_HOLDS = 8  # a busy machine's silences let the robots hold: they go on from there
_STATUS_S = 0.1
_HEARD_S = 0.6  # until the status knows that it goes on
_PATIENCE_S = 5.0  # of a rest: then a camera gives no pictures, and the others must do


def why_not_scripted(rig: RigConfig) -> str:
    """Why this rig's arms do not move by themselves, or ''."""
    if rig.teleop.deadman != "off":
        return (
            f"teleop.deadman is {rig.teleop.deadman}: the robot moves only while the operator holds it; capture guided"
            " (without --scripted), or --set teleop.deadman=off beside a person at the emergency stop"
        )
    return ""


def walk(
    bench: Bench, looks: Looks, capture: MountCapture, job: Job, poses: Sequence[Vector], show: Show, title: str
) -> None:
    """Through joint way-points (n,) rad, at each for as long as the cameras need; then the robot rests.

    Where what leads falls silent it goes on from where the arm stands, towards the same way-point: a few times, each
    told. Raises RigFault, NotReplayable.
    """
    left, silences = [tuple(float(joint) for joint in q) for q in poses], 0
    while left:
        try:
            _led(bench.rig, looks, capture, job, left, show, title)
        except RigFault as fault:
            silences += 1
            if silences > TIMES or not led_no_more(bench.client, bench.rig):
                raise
            bench.tell(f"{fault}; {job.arm} goes on from where it stands, {len(left)} poses to go")


def _led(
    rig: Rig, looks: Looks, capture: MountCapture, job: Job, left: list[tuple[float, ...]], show: Show, title: str
) -> None:
    """Those that are `left`; each that was looked from is taken off."""
    rig.lead(PosesOrder(poses={job.arm: tuple(left)}, rest_s=None, speed=job.speed))
    try:
        rig.follow()
        _play(rig, looks, capture, job, left, show, title)
    finally:
        rig.rest()


def _play(
    rig: Rig, looks: Looks, capture: MountCapture, job: Job, left: list[tuple[float, ...]], show: Show, title: str
) -> None:
    began = asked = time.monotonic()
    next_status, holds, share = 0.0, 0, 0.0
    stopped: float | None = None
    rig.begin_play()
    while True:
        capture.feed(looks.arm(job.arm), {camera: looks.look(camera) for camera in (*job.cameras, *job.beside)})
        show(capture.guide(title, time.monotonic() - began, "The robot moves by itself; keep clear of it.", share))
        looks.wait()
        if (now := time.monotonic()) < next_status:
            continue
        next_status = now + _STATUS_S
        status = rig.status()
        if not all_follow(status):
            holds += 1
            if holds > _HOLDS:
                raise RigFault(f"the scripted motion stopped {holds} times: {teleop_reasons(status)}")
            rig.rest()  # what leads pauses too
            rig.follow()
            rig.begin_play()
            asked, stopped = time.monotonic(), None
            continue
        share, waits = _progress(status)
        stopped = None if not waits or now - asked < _HEARD_S else stopped or now
        if stopped is not None and (capture.judged or now - stopped > _PATIENCE_S):
            left.pop(0)
            if share >= 1.0 or not left:
                left.clear()
                return
            rig.begin_play()
            asked, stopped = now, None


def _progress(status: Mapping[str, Any]) -> tuple[float, bool]:
    """How far the motion is, 0..1, and whether it waits at a way-point, or at its end."""
    played = [process["replay"] for process in status["processes"].values() if "replay" in process]
    share = sum(told["at_s"] for told in played) / max(sum(told["of_s"] for told in played), 1e-9)
    return min(share, 1.0), all(told["state"] != "playing" for told in played)
