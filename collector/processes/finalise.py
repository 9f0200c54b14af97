"""Process: one journal into one HDF5 file, at low priority; the only writer of HDF5."""

import os
import time
from pathlib import Path

from collector.episode.finalise import finalise
from collector.links import Channel
from collector.selftest.verdict import judge_content

_NICE = 5


def main(journal: Path, channel: Channel) -> None:
    """Finalise, tell the daemon, end."""
    os.nice(_NICE)
    started = time.monotonic()
    path = finalise(journal, judge_content)
    channel.report(
        "finalised",
        journal=str(journal),
        path=str(path),
        wall_s=time.monotonic() - started,
        cpu_s=time.process_time(),
    )
