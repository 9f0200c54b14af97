"""A virtual rig's far ends share the machine with us: what that costs them is tried once more, from the beginning."""

from collections.abc import Callable
from typing import TypeVar

from collector.calibrate.bench import Bench
from collector.calibrate.goes import follower_goes
from collector.calibrate.hands import Hands, ScriptedHands
from collector.calibrate.looks import RigLooks, stands
from collector.record import RigFault
from hardware.samples import Vector

Found = TypeVar("Found")


def again(bench: Bench, hands: Hands, look: Callable[[], Found], arm: str = "") -> Found:
    """What `look` finds; under scripted hands a fault is reset once. Raises RigFault.

    `arm`: the one that `look` moves: it goes back to where it stood, for from there the board is in view.
    """
    if not isinstance(hands, ScriptedHands):
        return look()
    stood = _stands(bench, arm) if arm else None
    try:
        return look()
    except RigFault as fault:
        bench.tell(f"{fault}; once more from the beginning of this step")
        bench.client.call("reset")
        bench.rig.wait_started()
        if stood is not None:
            follower_goes(bench.client, arm, lambda _what: None)(stood)
        return look()


def _stands(bench: Bench, arm: str) -> Vector:
    looks = RigLooks(bench.client, [], bench.rig)
    try:
        return stands(looks, arm)
    finally:
        looks.close()
