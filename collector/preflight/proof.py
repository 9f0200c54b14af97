"""The certificate as the pre-flight shows it: does it hold, how long still, what did it leave open? Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from collector.preflight.check import Check
from collector.selftest.certificate import Certificate, why_invalid
from hardware.config import RigConfig

_HOUR_NS = 3_600_000_000_000
_SOON_NS = _HOUR_NS
_REMEDY = "run the self-test, or arm without it: the reason is kept in every episode"


@dataclass(frozen=True, slots=True)
class Proof:
    """`reason`: why the rig cannot be armed by it, empty where it can; UTC ns, None without any certificate."""

    reason: str
    made_utc_ns: int | None
    until_utc_ns: int | None
    amiss: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For clients."""
        return asdict(self)


def proof(certificate: Certificate | None, rig: RigConfig, devices: Mapping[str, Any], utc_ns: int) -> Proof:
    """Of the newest certificate, here and now."""
    reason = why_invalid(certificate, rig, devices, utc_ns)
    if certificate is None:
        return Proof(reason, None, None)
    made = int(certificate["made_utc_ns"])
    until = made + int(rig.selftest.certificate_hours * _HOUR_NS)
    amiss = [f"{gate['subject']}: {gate['name']}" for gate in certificate["gates"] if gate["verdict"] != "pass"]
    return Proof(reason, made, until, (*amiss, *certificate["not_proven"]))


def certificate_check(known: Proof, utc_ns: int, *, starting: bool) -> Check:
    """One line. `starting`: devices are still missing, so that nobody can say yet whether it is of these."""
    if known.until_utc_ns is None or known.made_utc_ns is None:
        return Check("certificate", "", "fail", known.reason, _REMEDY)
    if starting:
        return Check("certificate", "", "wait", "judged as soon as every device has answered")
    if known.reason:
        return Check("certificate", "", "fail", known.reason, _REMEDY)
    left_ns = known.until_utc_ns - utc_ns
    until = datetime.fromtimestamp(known.until_utc_ns * 1e-9).astimezone()
    says = f"holds until {until:%H:%M}, {_hours(left_ns)} more; made {_hours(utc_ns - known.made_utc_ns)} ago"
    if left_ns < _SOON_NS:
        return Check("certificate", "", "warn", says, "run the self-test in the next pause")
    if known.amiss:
        told = f"{says}; not at its best: {', '.join(known.amiss)}"
        return Check("certificate", "", "warn", told, "clap selftest --html tells what to do about each")
    return Check("certificate", "", "ok", says)


def _hours(span_ns: int) -> str:
    minutes = span_ns / _HOUR_NS * 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"
