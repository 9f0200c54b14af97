"""Stored stamps against the truth that the virtual rig's far ends logged: what alignment really is.

Only what can be measured is reported: a stream without truth, or whose seq does not match, says so.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from collector.audit_stream import (
    Floats,
    Ints,
    Joined,
    Spread,
    StreamAudit,
    Truth,
    join,
    read_truth,
    spread,
    stream_audit,
)
from collector.episode.reader import Episode

_AUDITED = ("trigger", "cameras/", "leaders/", "arms/", "grippers/", "bases/")  # commands are nobody's sample
_JOINTS = ("arms/", "leaders/", "bases/")


@dataclass(frozen=True, slots=True)
class Misalignment:
    """True instant of a step's picture against the true instant that its joints describe.

    steps: valid steps compared; unaudited: valid steps that the truth does not cover; worst_step: index.
    """

    camera: str
    joints: str
    steps: int
    unaudited: int
    misalignment: Spread | None
    worst_step: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything measured for one episode."""

    episode: str
    uuid: str
    steps: int
    valid_steps: int
    streams: tuple[StreamAudit, ...]
    misalignments: tuple[Misalignment, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be audited, one sentence each."""
        streams = [f"{s.stream}: {s.problem}" for s in self.streams if s.problem]
        pairs = [f"{m.camera} to {m.joints}: {m.problem}" for m in self.misalignments if m.problem]
        return (*streams, *pairs)

    @property
    def worst_ns(self) -> float | None:
        """The worst camera-to-joint misalignment; None where none could be measured."""
        found = [m.misalignment.max_ns for m in self.misalignments if m.misalignment]
        return max(found, default=None)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        values: dict[str, object] = asdict(self)
        values["streams"] = [asdict(s) | {"over_bound_share": s.over_bound_share} for s in self.streams]
        return values | {"problems": list(self.problems), "worst_misalignment_ns": self.worst_ns}


def audit(episode: Path, truth: Path) -> AuditReport:
    """Compare a sealed episode with a truth file (/streams/<name>/{seq,t_true_ns}). Raises AuditError."""
    known = read_truth(truth)
    with Episode(episode) as recorded:
        names = [name for name in recorded.streams if name.startswith(_AUDITED)]
        joined = {name: _join_stream(recorded, name, known.get(name)) for name in names}
        pairs = tuple(
            _misalignment(recorded, joined[f"cameras/{camera}"], camera, name, joined[name])
            for camera in recorded.cameras
            for name in names
            if name.startswith(_JOINTS)
        )
        return AuditReport(
            episode=str(episode),
            uuid=recorded.uuid,
            steps=len(recorded.t_ns),
            valid_steps=int(np.count_nonzero(recorded.valid)),
            streams=tuple(stream_audit(name, join) for name, join in joined.items()),
            misalignments=pairs,
        )


def _join_stream(episode: Episode, name: str, truth: Truth | None) -> Joined:
    rows = episode.stream(name)
    return join(rows["t_ns"], rows["u_ns"], rows["seq"], truth)


def misalignment_ns(step_ns: Ints, picture_true_ns: Ints, joint_ns: Ints, joint_error_ns: Ints) -> Floats:
    """(T,) signed: when the picture was taken minus the instant whose joints stand beside it.

    Joints on a step are interpolated between the samples around it, so they describe the step's instant
    less the interpolated error of those samples. joint_ns: (N,) stored instants; NaN outside them.
    """
    order = np.argsort(joint_ns, kind="stable")
    t, error = joint_ns[order], joint_error_ns[order].astype(np.float64)
    # Relative to the first step: absolute ns do not fit a float64 to the ns.
    origin = step_ns[0] if len(step_ns) else 0
    e = np.interp(step_ns - origin, t - origin, error, left=np.nan, right=np.nan)
    return (picture_true_ns - step_ns) + e


def _misalignment(episode: Episode, pictures: Joined, camera: str, joints: str, samples: Joined) -> Misalignment:
    valid = np.flatnonzero(episode.valid)
    frame = episode.frame_index(camera)[valid]
    seen = pictures.known[frame]
    steps, frame = valid[seen], frame[seen]
    problem = "no valid step" if not len(valid) else ""
    if not problem and not samples.known.any():
        problem = f"{joints} has no truth"
    if not problem and not len(steps):
        problem = f"cameras/{camera} has no truth"
    if problem:
        return Misalignment(camera, joints, 0, len(valid), None, None, problem)
    apart = misalignment_ns(
        episode.t_ns[steps],
        pictures.true_ns[frame],
        samples.t_ns[samples.known],
        samples.error_ns,
    )
    covered = np.isfinite(apart)
    if not covered.any():
        problem = f"{joints} covers no valid step"
        return Misalignment(camera, joints, 0, len(valid), None, None, problem)
    worst = int(np.nanargmax(np.abs(apart)))
    return Misalignment(
        camera=camera,
        joints=joints,
        steps=int(np.count_nonzero(covered)),
        unaudited=len(valid) - int(np.count_nonzero(covered)),
        misalignment=spread(apart[covered]),
        worst_step=int(steps[worst]),
        problem="",
    )
