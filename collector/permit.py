"""May this rig record now? It needs a certificate that holds, or somebody's word, which every episode keeps."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from collector.selftest.certificate import Certificate, newest, why_invalid
from collector.session import NotCertified
from hardware.config import RigConfig

Purpose = Literal["record", "selftest"]
_REMEDY = 'run clap selftest --rig RIG, or record without proof by --override "reason"'


@dataclass(frozen=True, slots=True)
class Permit:
    """On what grounds a take is recorded. `override`: the reason given for doing without a certificate."""

    purpose: Purpose
    certificate: Certificate | None
    override: str

    def still_holds(self, rig: RigConfig, devices: Mapping[str, Any]) -> None:
        """Raises NotCertified when the certificate has run out since the rig was armed."""
        if self.certificate and (reason := why_invalid(self.certificate, rig, devices, time.time_ns())):
            raise NotCertified(f"{reason}; disarm, then {_REMEDY}")

    def provenance(self) -> dict[str, Any]:
        """What each episode keeps of it."""
        return {"purpose": self.purpose, "certificate": self.certificate, "override": self.override}


def permit(rig: RigConfig, devices: Mapping[str, Any], purpose: str, override: str) -> Permit:
    """Raises NotCertified with what is wrong with the certificate and what to do."""
    match purpose:
        case "selftest":
            return Permit("selftest", None, "")
        case "record":
            certificate = newest(rig.name)
            reason = why_invalid(certificate, rig, devices, time.time_ns())
            if not reason:
                return Permit("record", certificate, "")
            if override.strip():
                return Permit("record", None, f"{override.strip()} ({reason})")
            raise NotCertified(f"{reason}; {_REMEDY}")
        case _:
            raise ValueError(f"purpose is record or selftest, not {purpose!r}")
