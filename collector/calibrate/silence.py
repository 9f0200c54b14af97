"""What leads a robot by itself fell silent, as on a machine that other work stops for seconds.

Then nothing is wrong with the robot, which holds: it is led again from where it stands.
"""

import time

from collector.control import Client
from collector.record import Rig, RigFault
from collector.rig_status import Status, any_arm, arms, teleop_reasons

TIMES = 3
"""So often in one motion; a machine that stops more often is no machine to move a robot by."""
_AGAIN_S = 0.5  # between requests
_REST_S = 20.0


def only_silent(status: Status) -> bool:
    """Has what leads said nothing, or was it ended for that, and is nothing else wrong, least of all a robot?"""
    if (fault := status["fault"]) is not None:
        return all(name.startswith("leader-") for name in fault["processes"])
    faulty = [arm for arm in arms(status).values() if arm.get("teleop") == "FAULT"]
    return bool(faulty) and all(arm.get("cause") == "leader_silent" for arm in faulty)


def led_no_more(client: Client, rig: Rig) -> bool:
    """If it was only that: all is started again, every robot at rest and nobody's. Raises RigFault."""
    if not only_silent(client.call("status")):
        return False
    deadline, asked = time.monotonic() + _REST_S, 0.0
    client.call("reset")
    rig.wait_started()
    while any_arm(status := rig.status(), "FAULT"):  # it takes a reset at rest only
        if time.monotonic() > deadline or not only_silent(status):
            raise RigFault(f"the robots do not come to rest: {teleop_reasons(status)}")
        if time.monotonic() > asked + _AGAIN_S:
            client.call("reset")
            asked = time.monotonic()
        time.sleep(0.1)
    return True
