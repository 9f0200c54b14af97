"""The cameras' far end: software devices in the driver's own SDK context, one injector thread each."""

import threading
from collections.abc import Sequence

from hardware.cameras.sdk import rs
from hardware.config import RigConfig
from hardware.virtual.injector import Injector
from hardware.virtual.world import World


class VirtualCameras:
    """The USB bus: holds `context`, for the drivers, with every camera plugged in."""

    def __init__(self, rig: RigConfig, names: Sequence[str], world: World) -> None:
        self.context = rs.context()
        self._stopping = threading.Event()
        # The SDK lists a software device only while someone holds the list that announced it.
        self._listed: dict[str, rs.device_list] = {}
        self.context.set_devices_changed_callback(self._plugged)
        self._injectors = [Injector(rig, world, name, self.context, self._unplug, self._stopping) for name in names]
        for injector in self._injectors:
            injector.thread.start()

    @property
    def thread_ids(self) -> tuple[int, ...]:
        """Native ids of the far ends' threads, to tell their CPU time from the driver's."""
        return tuple(i.thread.native_id or 0 for i in self._injectors)

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Per camera: frames injected, dropped by a fault, not rendered in time."""
        return {i.name: (i.injected, i.dropped, i.not_rendered) for i in self._injectors}

    def close(self) -> None:
        """Stop the threads and unplug everything; close the drivers first."""
        self._stopping.set()
        for injector in self._injectors:
            injector.close()
        self._listed.clear()

    def _unplug(self, serial: str) -> None:
        self._listed.pop(serial, None)

    def _plugged(self, event: rs.event_information) -> None:
        devices = event.get_new_devices()
        for i in range(len(devices)):
            self._listed[devices[i].get_info(rs.camera_info.serial_number)] = devices


def add_virtual_cameras(rig: RigConfig, names: Sequence[str], world: World) -> VirtualCameras:
    """Plug in the named cameras. Raises DeviceTimeout when the scene renderer does not run."""
    return VirtualCameras(rig, names, world)
