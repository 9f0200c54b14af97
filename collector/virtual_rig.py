"""The daemon's hold on a virtual rig's world: made before the far ends, asked for faults, its truth gathered last."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from collector.session import NotNow
from hardware.config import RigConfig
from hardware.open import World, cell_truth, create_world, hand_over_board, merge_truth, tell_hands
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

    def verbs(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """What clients may ask of the world."""
        return {"inject": self._inject, "board": self._board, "truth": self._tell_truth, "hands": self._hands}

    def _inject(self, faults: list[dict[str, Any]]) -> dict[str, Any]:
        """These faults instead of those injected before; `at_s` counts from now. Raises NotNow, ValueError."""
        if self._world is None:
            raise NotNow("only a virtual rig has faults to inject; this one is real")
        given = [FaultConfig.model_validate(fault) for fault in faults]
        now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        self._world.clear_faults()
        for fault in given:
            self._world.inject(fault.kind, fault.target, now_ns + round(fault.at_s * 1e9), fault.for_s, fault.size)
        return {"injected": len(given)}

    def _board(self, holder: str, camera: str = "", arm: str = "") -> dict[str, Any]:
        """The second board is put away (`table`), laid, with the operator or a robot. Raises NotNow, ValueError."""
        if self._world is None:
            raise NotNow("only a virtual rig's operator takes orders; take the board yourself")
        match holder:
            case "table":
                hand_over_board(self.rig, self._world, holder, "")
            case "held" | "laid":
                hand_over_board(self.rig, self._world, holder, _one_of("camera", camera, self.rig.cameras))
            case "gripped":
                hand_over_board(self.rig, self._world, holder, _one_of("arm", arm, self.rig.followers))
            case _:
                raise ValueError(f"board: holder is table, held, laid or gripped, not {holder!r}")
        return {"holder": holder}

    def _hands(self, leader: str, q: list[float] | None = None, grip: float = 0.0) -> dict[str, Any]:
        """The operator holds the leader as its follower would stand at `q`, rad; without: on with the script.

        Raises NotNow, ValueError.
        """
        if self._world is None:
            raise NotNow("only a virtual rig's operator takes orders; hold the leader yourself")
        tell_hands(
            self._world, _one_of("leader", leader, self.rig.leaders), None if q is None else tuple(q), float(grip)
        )
        return {"leader": leader}

    def _tell_truth(self) -> dict[str, Any]:
        """What a calibration should find (hardware.virtual.cell_truth)."""
        if self._world is None:
            raise NotNow("only a virtual rig knows the truth; this one is real")
        return cell_truth(self.rig)

    def close(self) -> None:
        """After the last far end."""
        if self._world:
            self._world.close(unlink=True)
        if self._truth_dir and self._truth:
            merge_truth(self._truth_dir, self._truth)


def _one_of(what: str, name: str, there: Iterable[str]) -> str:
    """The name, if there is such a thing. Raises ValueError."""
    if name not in there:
        raise ValueError(f"no {what} {name!r}; this rig has {', '.join(there)}")
    return name
