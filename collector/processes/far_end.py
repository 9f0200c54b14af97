"""Process: one far end of the virtual rig. Not part of the collector; its CPU is not counted."""

import threading
import time

from collector.children import set_realtime
from collector.links import Channel
from hardware.config import RigConfig
from hardware.open import serve_far_end

# What stands for hardware does not wait for this host's other processes; below the arm and leader processes.
_PRIORITY = {"robot": 28, "bus": 24, "box": 20}


def main(name: str, rig: RigConfig, channel: Channel) -> None:
    """Serve until the daemon says stop or is gone."""
    stop = threading.Event()

    def watch() -> None:
        while not channel.stopped:
            channel.verbs(timeout_s=0.2)
        stop.set()

    watcher = threading.Thread(target=watch, name="stop-watch", daemon=True)
    watcher.start()
    if priority := _PRIORITY.get(name.partition(":")[0]):
        set_realtime(priority)
    try:
        serve_far_end(name, rig, lambda endpoint: channel.report("ready", endpoint=endpoint), stop)
    finally:
        channel.stopped = True
        watcher.join()
        channel.report("status", cpu_s=time.process_time())
