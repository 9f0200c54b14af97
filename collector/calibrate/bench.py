"""What the procedures of one run share: the running rig, its store, who calibrates, and what its cameras say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from calibration.store import Store
from collector.calibrate.papers import Papers
from collector.control import Client
from collector.record import Rig
from hardware.config import RigConfig


@dataclass(frozen=True, slots=True)
class Bench:
    """`devices`: by camera, what it said of itself (hardware.samples.DeviceInfo as a dictionary).

    `tell`: says to the operator what happened by the way.
    """

    config: RigConfig
    store: Store
    client: Client
    rig: Rig
    devices: Mapping[str, Mapping[str, Any]]
    tell: Callable[[str], None] = lambda _what: None

    @property
    def papers(self) -> Papers:
        """What its pictures are solved with."""
        return Papers(self.config, self.store, self.devices)


def bench_of(client: Client, config: RigConfig, store: Store, rig: Rig, tell: Callable[[str], None]) -> Bench:
    """Once every device answers: raises RigFault where one does not."""
    rig.wait_started()
    return Bench(rig.rig(), store, client, rig, client.call("devices")["devices"].get("capture", {}), tell)
