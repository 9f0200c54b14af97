"""What a process asks of the system so as not to be late: priority, and memory that stays in place."""

import ctypes
import os
import resource
from pathlib import Path

_MCL_CURRENT, _MCL_FUTURE = 1, 2  # <sys/mman.h>
_CAP_IPC_LOCK = 14  # <linux/capability.h>
_KERNEL = Path("/sys/kernel/realtime")  # says 1 under PREEMPT_RT


def set_scheduler(realtime: bool, priority: int, cpu: int | None = None) -> str:
    """SCHED_FIFO (on one CPU, if given) and locked memory if asked for, else the ordinary scheduler.

    Returns what was refused, for the operator.
    Setting the ordinary one is no idle call: libfranka puts the thread that connects under SCHED_FIFO by itself.
    """
    if not realtime:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return ""
    refused = _first_in_line(priority)
    # Without priority, one CPU among others' work is worse than any.
    tied = "" if refused or cpu is None else _stay_on(cpu)
    return "; ".join(said for said in (refused, tied, _stay_in_memory(), _kernel()) if said)


def _first_in_line(priority: int) -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return (
            "real-time priority is not permitted: add 'rtprio 90' for this user in"
            " /etc/security/limits.d, or expect lost control cycles under load"
        )
    return ""


def _stay_on(cpu: int) -> str:
    try:
        os.sched_setaffinity(0, {cpu})
    except OSError:
        return f"control_cpu {cpu} is not to be had: this process may use {sorted(os.sched_getaffinity(0))}"
    return ""


def _stay_in_memory() -> str:
    # Under a limit, locking what is to come would make some allocation fail some day: then rather nothing.
    if _unlimited() and ctypes.CDLL(None).mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0:
        return ""
    return (
        "memory cannot be locked: add 'memlock unlimited' for this user in"
        " /etc/security/limits.d, or expect late cycles when memory runs short"
    )


def _unlimited() -> bool:
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    status = Path("/proc/self/status").read_text().splitlines()
    held = next((int(line.split()[1], 16) for line in status if line.startswith("CapEff:")), 0)
    return bool(held >> _CAP_IPC_LOCK & 1)


def _kernel() -> str:
    if _KERNEL.exists() and _KERNEL.read_text().strip() == "1":
        return ""
    return "the kernel is not PREEMPT_RT: install one, or expect lost control cycles under load"
