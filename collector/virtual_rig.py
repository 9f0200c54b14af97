"""The daemon's hold on a virtual rig's world: made before the far ends, asked for faults, its truth gathered last."""

import time
from pathlib import Path
from typing import Any

from collector.session import NotNow
from hardware.config import RigConfig
from hardware.open import World, create_world, merge_truth
from hardware.virtual_config import FaultConfig


class VirtualRig:
    """Of a real rig there is nothing to hold: then this does nothing, and refuses faults."""

    def __init__(self, rig: RigConfig, truth: Path | None) -> None:
        self.rig = rig
        self._world: World | None = None
        self._truth = truth
        self._truth_dir = truth.with_name(truth.name + ".d") if truth else None
        if rig.virtual is not None:
            self.rig, self._world = create_world(rig, self._truth_dir)

    def inject(self, faults: list[dict[str, Any]]) -> dict[str, Any]:
        """These faults instead of those injected before; `at_s` counts from now. Raises NotNow, ValueError."""
        if self._world is None:
            raise NotNow("only a virtual rig has faults to inject; this one is real")
        given = [FaultConfig.model_validate(fault) for fault in faults]
        now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        self._world.clear_faults()
        for fault in given:
            self._world.inject(fault.kind, fault.target, now_ns + round(fault.at_s * 1e9), fault.for_s, fault.size)
        return {"injected": len(given)}

    def close(self) -> None:
        """After the last far end."""
        if self._world:
            self._world.close(unlink=True)
        if self._truth_dir and self._truth:
            merge_truth(self._truth_dir, self._truth)
