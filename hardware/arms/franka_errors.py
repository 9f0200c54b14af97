"""libfranka's exceptions as the rig's."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import pylibfranka as franka

from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, ReflexError


class Stopped(Exception):
    """The robot ended or refused a motion; the text is libfranka's message or its list of errors."""


@contextmanager
def franka_errors(name: str, address: str) -> Generator[None]:
    """Raises ReflexError, DeviceRefused or DeviceLost for what libfranka raises. The robot is `name` at `address`."""
    try:
        yield
    except (franka.ControlException, Stopped) as error:
        raise _stopped(name, str(error)) from error
    except franka.NetworkException as error:
        remedy = f"check power, cable and FCI of {address}, then recover"
        raise DeviceLost(name, f"{error}; {remedy}") from error
    except (franka.CommandException, franka.InvalidOperationException) as error:
        raise DeviceRefused(name, f"{error}; unlock the joints and activate FCI in Desk, then try again") from error


def _stopped(name: str, text: str) -> DeviceError:
    found = re.search(r'\["(\w+)"', text)
    if found is None and "rejected" in text:
        return DeviceRefused(name, f"{text}; recover, or unlock the joints and activate FCI in Desk")
    reflex = found.group(1) if found else "user_stopped" if "User Stop" in text else "motion_aborted"
    return ReflexError(name, reflex, f"the robot stopped itself ({reflex}); clear the cause, then recover")
