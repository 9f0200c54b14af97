"""Process: one journal into one HDF5 file, at low priority; the only writer of HDF5.

The daemon imports this module to name the process; what finalising needs is loaded by the child alone.
"""

import os
import time
from pathlib import Path
from typing import Any

from collector.links import Channel

_NICE = 5


def main(journal: Path, channel: Channel) -> None:
    """Finalise, tell the daemon what it has for the catalogue, end."""
    os.nice(_NICE)
    from collector.episode.finalise import finalise
    from collector.selftest.verdict import judge_content

    started = time.monotonic()
    path = finalise(journal, judge_content)
    channel.report(
        "finalised",
        journal=str(journal),
        path=str(path),
        row=_row(path),
        wall_s=time.monotonic() - started,
        cpu_s=time.process_time(),
    )


def _row(path: Path) -> dict[str, Any] | None:
    """Of the catalogue; None where it cannot be read at once: the catalogue is put right later."""
    from collector.episode.catalogue_sealed import indexed
    from collector.episode.foreign import NotAnEpisode

    try:
        return indexed(path).to_dict()
    except (NotAnEpisode, OSError):
        return None
