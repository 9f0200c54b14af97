"""Child processes of a console: Textual's stand-in for stderr has no file, which the first spawn would pass on."""

import sys
from contextlib import redirect_stderr
from multiprocessing import resource_tracker


def allow_spawning() -> None:
    """Call before the first child process is started; cheap from then on.

    multiprocessing starts its resource tracker with the first child, and gives it sys.stderr's descriptor
    (Lib/multiprocessing/resource_tracker.py, ensure_running), which is -1 while Textual runs.
    """
    with redirect_stderr(sys.__stderr__):
        resource_tracker.ensure_running()
