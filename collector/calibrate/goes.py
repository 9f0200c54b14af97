"""A follower goes to another pose by itself, within teleoperation's limits, and stands there."""

from collections.abc import Callable

from calibration.poses import Vector
from collector.calibrate.mount_scripted import why_not_scripted
from collector.calibrate.silence import led_no_more
from collector.control import Client
from collector.playback import PosesOrder
from collector.record import Rig, RigFault
from hardware.config import RigConfig

Move = Callable[[Vector], None]
"""The follower goes to q (n,) rad by itself, and stands there."""

_SPEED = 0.3
_REST_S = 0.5
_TRIES = 3


def why_it_stays(config: RigConfig) -> str:
    """Why this rig's followers do not move by themselves, or ''."""
    return why_not_scripted(config)


def follower_goes(client: Client, arm: str, say: Callable[[str], None]) -> Move:
    """Way-points through teleoperation's gates and limits; then nobody leads it. Raises RigFault."""
    rig = Rig(client, lambda _what, _share: None)

    def move(q: Vector) -> None:
        say("The follower goes to another pose by itself; keep clear of it.")
        _reopened(client, rig)
        for attempt in range(_TRIES):
            try:
                _go(rig, PosesOrder(poses={arm: (tuple(float(joint) for joint in q),)}, rest_s=_REST_S, speed=_SPEED))
                return
            except RigFault:
                if attempt == _TRIES - 1 or not (_reopened(client, rig) or _heard_again(client, rig, say)):
                    raise

    return move


def _go(rig: Rig, order: PosesOrder) -> None:
    rig.lead(order)
    try:
        rig.follow()
        rig.play("the follower moves")
    finally:
        rig.rest()
    rig.lead(None)


def _heard_again(client: Client, rig: Rig, say: Callable[[str], None]) -> bool:
    """What led it fell silent, and can lead again. Raises RigFault."""
    if not led_no_more(client, rig):
        return False
    say("What leads the follower fell silent; it goes on from where it stands.")
    return True


def _reopened(client: Client, rig: Rig) -> bool:
    """A camera that has failed has no part in this, and is opened again; was it that? Raises RigFault."""
    fault = client.call("status")["fault"]
    if fault is None or not set(fault["processes"]) <= {"capture"}:
        return False
    client.call("reset")
    rig.wait_started()
    return True
