"""Process: journals into HDF5 files, one after the other, at low priority; the only writer of HDF5.

It lives as long as its daemon: to load what finalising needs takes longer than to seal a short episode. The daemon
imports this module to name the process; what finalising needs is loaded by the child alone.
"""

import os
from pathlib import Path

from collector.links import Channel

_NICE = 5
_WAIT_S = 1.0


def main(channel: Channel) -> None:
    """Seal what is asked for, and look anew at what was labelled, telling the daemon of each, until it stops."""
    os.nice(_NICE)
    from collector.seal import row_of, seal

    while not channel.stopped:
        for verb, asked in channel.verbs(_WAIT_S):
            path = Path(asked.get("path", ""))
            match verb:
                case "seal":
                    try:
                        channel.report("finalised", **seal(path))
                    except Exception as error:
                        channel.report("failed", message=f"{type(error).__name__}: {error}")
                case "look":
                    channel.report("looked", row=row_of(path, hashed=False))
                case _:
                    pass
