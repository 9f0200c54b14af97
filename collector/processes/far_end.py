"""Process: one far end of the virtual rig. Not part of the collector; its CPU is not counted."""

import threading
import time

from collector.links import Channel
from collector.realtime import set_scheduler
from hardware.config import RigConfig
from hardware.open import serve_far_end

# A robot's controller shares no core with us. Here it goes first, and on the arm's own CPU if that has one: what
# takes the CPU away from a virtual machine then stops both, and is no packet that the arm owes the robot.
_ROBOT = 85
# Servos too answer on time whatever this machine does; behind the processes that wait for the answers.
_SERVOS = 25


def main(name: str, rig: RigConfig, channel: Channel) -> None:
    """Serve until the daemon says stop or is gone."""
    stop = threading.Event()

    def watch() -> None:
        while not channel.stopped:
            channel.verbs(timeout_s=0.2)
        stop.set()

    watcher = threading.Thread(target=watch, name="stop-watch", daemon=True)
    watcher.start()
    if rig.realtime:
        match name.partition(":")[0]:
            case "robot":
                set_scheduler(True, _ROBOT, rig.control_cpu)
            case "bus" | "servos" | "base":
                set_scheduler(True, _SERVOS)
            case _:
                pass
    try:
        serve_far_end(name, rig, lambda endpoint: channel.report("ready", endpoint=endpoint), stop)
    finally:
        channel.stopped = True
        watcher.join()
        channel.report("status", cpu_s=time.process_time())
