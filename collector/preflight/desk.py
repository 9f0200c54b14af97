"""The daemon's pre-flight: every line at once, what takes long in a thread beside the loop, and kept."""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from calibration.store import store_of
from collector.preflight.calibrated import calibration_checks
from collector.preflight.check import Check, verdict, worst_first
from collector.preflight.devices import device_checks
from collector.preflight.machine import machine_checks
from collector.preflight.proof import Proof, certificate_check, proof
from collector.preflight.session import fault_checks, session_checks
from collector.readiness import why_not_ready
from collector.selftest.certificate import newest
from collector.selftest.gate import Gate
from collector.selftest.machine import machine_gates
from collector.session import State
from hardware.config import RigConfig

_MACHINE_S = 1800.0  # the disk is tried anew after this long, in IDLE only
_PROOF_S = 1.0
_CALIBRATION_S = 10.0

Answer = dict[str, Any]


class Preflight:
    """What stands between the operator and the first take. `rig`, `status`: the daemon's, of now."""

    def __init__(
        self,
        rig: Callable[[], RigConfig],
        devices: Mapping[str, Any],
        out: Path,
        status: Callable[[], Answer],
    ) -> None:
        self._rig, self._devices, self._out, self._status = rig, devices, out, status
        self._beside = ThreadPoolExecutor(2, "preflight")
        self._measuring: Future[list[Gate]] | None = None
        self._gates: list[Gate] | None = None
        self._measured_at = 0.0
        self._looking: Future[list[Check]] | None = None
        self._calibration = [Check("calibration", "", "wait", "looked up in the store of calibrations")]
        self._calibration_at = -_CALIBRATION_S
        self._proof: Proof | None = None
        self._proof_at = 0.0

    def close(self) -> None:
        """Wait for what is measured."""
        self._beside.shutdown()

    def look(self, again: bool = False) -> Answer:
        """The verb `preflight`; `again`: measure the machine anew, in IDLE.

        `checks`: worst first; `verdict`: the worst of them; `not_ready`: why arming would be refused for now, empty if
        it would not; `certificate`: collector.preflight.proof.Proof.
        """
        status, rig, utc_ns = self._status(), self._rig(), time.time_ns()
        self._measure(status["state"], again=bool(again))
        known = self._known(rig, utc_ns)
        checks = worst_first((
            *fault_checks(status),
            *device_checks(rig, status["processes"]),
            certificate_check(known, utc_ns, starting=status["state"] == State.STARTING),
            *session_checks(rig, status),
            *self._calibrated(rig, utc_ns),
            *machine_checks(self._gates, os.getloadavg()[0], os.cpu_count() or 1),
        ))  # fmt: skip
        return {
            "checks": [check.to_dict() for check in checks],
            "verdict": verdict(checks),
            "not_ready": why_not_ready(rig, status["processes"]),
            "certificate": known.to_dict(),
        }

    def _known(self, rig: RigConfig, utc_ns: int) -> Proof:
        """Read and hashed once a second at most."""
        now = time.monotonic()
        if self._proof is None or now - self._proof_at >= _PROOF_S:
            self._proof, self._proof_at = proof(newest(rig.name), rig, self._devices, utc_ns), now
        return self._proof

    def _calibrated(self, rig: RigConfig, utc_ns: int) -> list[Check]:
        """Looked up beside the loop: a store holds many files."""
        if self._looking is not None and self._looking.done():
            self._calibration, self._looking = _lines(self._looking), None
        if self._looking is None and time.monotonic() - self._calibration_at >= _CALIBRATION_S:
            self._calibration_at = time.monotonic()
            self._looking = self._beside.submit(calibration_checks, rig, store_of(rig), utc_ns)
        return self._calibration

    def _measure(self, state: str, *, again: bool) -> None:
        """A robot at rest and no take: only then may the disk be kept busy for a moment."""
        if self._measuring is not None:
            if self._measuring.done():
                self._gates, self._measuring = _result(self._measuring), None
            return
        old = self._gates is None or again or time.monotonic() - self._measured_at > _MACHINE_S
        if state == State.IDLE and old:
            self._measured_at = time.monotonic()
            self._measuring = self._beside.submit(machine_gates, self._rig(), dict(self._devices), self._out)


def _lines(looked: Future[list[Check]]) -> list[Check]:
    """Whatever is odd about a store, the daemon goes on, and says so."""
    if (error := looked.exception()) is not None:
        return [Check("calibration", "", "warn", f"could not be looked up: {error!r}", "look at calibration.store")]
    return looked.result()


def _result(measured: Future[list[Gate]]) -> list[Gate]:
    """Whatever is odd about a machine, the daemon that looks at it goes on, and says so."""
    if (error := measured.exception()) is not None:
        return [Gate("machine", "could not be measured", float("nan"), "", 0, 0, f"see why: {error!r}")]
    return measured.result()
