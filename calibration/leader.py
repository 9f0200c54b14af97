"""How a leader's servos stand to its follower's joints: raw = sign * q + offset, and whole turns. Pure; radians.

Two kinds of evidence: matches, in which a hand holds the leader as its follower stands, and sweeps, in which it turns
one joint the way that the follower calls positive. A horn sits on its shaft at a quarter turn more often than not
(GELLO's own tool looks for nothing else): where every offset is near one, that is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibration.errors import CalibrationError
from calibration.poses import Matrix, Vector
from calibration.result import LeaderResult, Line, Made, Verdict

CHECK_RAD: Final = 0.05
"""A joint that is further off at the pose that checks it fails."""
HAND_RAD: Final = 0.03
"""How well a hand matches a joint by eye, rad: supposed where few matches tell."""

_SUPPOSED: Final = 4  # matches that the supposition is worth
_LEAST_SWEEP_RAD: Final = 0.2
_CLEAR: Final = 0.6  # another servo that turned more than this share of the asked one's way: which is meant?
_STRAIGHT: Final = 0.8  # net way over the whole way of a sweep
_TELLS_RAD: Final = 0.3  # matches whose q differ by so much tell the sign, and the gain
_GAIN_OFF: Final = 0.1
_LEAST_GRIP_RAD: Final = 0.2
_SIGMA_RAD: Final = 0.03
_QUARTER: Final = np.pi / 2


@dataclass(frozen=True, slots=True)
class Match:
    """`raw` (n,) of the leader's servos while it is held as its follower stands, at `q` (n,).

    `opening`: number of the time that the bus was opened: whole turns are counted anew from each.
    """

    raw: Vector
    q: Vector
    opening: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """`raw` (m, n), in time order, while joint number `joint` (from 0) is turned the follower's positive way."""

    joint: int
    raw: Matrix


@dataclass(frozen=True, slots=True)
class Grip:
    """The trigger's servo: `open_raw` (m,) while it is released, `closed_raw` (k,) while it is squeezed."""

    open_raw: Vector
    closed_raw: Vector


def wrapped(angle: Vector) -> Vector:
    """The same angle within half a turn of 0."""
    return angle - 2 * np.pi * np.round(angle / (2 * np.pi))


def solve_leader(
    matches: Sequence[Match],
    sweeps: Sequence[Sweep],
    check: Match,
    grip: Grip | None = None,
    *,
    leader: str = "",
    made: Made | None = None,
) -> LeaderResult:
    """Signs, offsets (0 to 2 pi) with their sigmas, turns and grip; `check`: a match that the solution did not see.

    Raises CalibrationError where the evidence tells nothing, or contradicts itself.
    """
    raw, q = _rows(matches, check)
    signs = _signs(sweeps, raw, q)
    offsets = _circular_mean(raw - signs * q)
    left = wrapped(raw - signs * q - offsets)
    sigmas = _sigmas(left)
    turns = np.rint((raw - signs * q - offsets - left) / (2 * np.pi)).astype(int)
    missed = wrapped(check.raw - signs * check.q - offsets)
    closing = None if grip is None else _grip(grip)
    lines = [
        *(_check_line(joint, float(miss)) for joint, miss in enumerate(missed, 1)),
        _line("offset sigma, worst joint", float(sigmas.max()), _SIGMA_RAD, "warn", "match the follower in more poses"),
        *_gain_lines(raw, q, signs, left),
        *_turn_lines(turns, np.array([match.opening for match in matches])),
        *([] if closing is None else [_grip_line(*closing)]),
    ]
    return LeaderResult(
        made=made or Made(),
        leader=leader,
        signs=tuple(int(sign) for sign in signs),
        offsets_rad=tuple(map(float, offsets)),
        offset_sigmas_rad=tuple(map(float, sigmas)),
        turns=tuple(int(of) for of in turns[0]),
        grip_open_rad=None if closing is None else closing[0],
        grip_closed_rad=None if closing is None else closing[1],
        checked_rad=float(np.abs(missed).max()),
        lines=tuple(lines),
    )


def quarter_turns(result: LeaderResult) -> tuple[float, ...] | None:
    """The offsets as whole quarter turns, where every one is as near to such as its sigma and the check allow."""
    offsets, sigmas = np.array(result.offsets_rad), np.array(result.offset_sigmas_rad)
    nearest = _QUARTER * np.rint(offsets / _QUARTER)
    if np.any(np.abs(offsets - nearest) > np.maximum(3 * sigmas, CHECK_RAD)):
        return None
    return tuple(float(angle) for angle in np.mod(nearest, 2 * np.pi))


def _rows(matches: Sequence[Match], check: Match) -> tuple[Matrix, Matrix]:
    if not matches:
        raise CalibrationError("the leader was never matched to its follower: hold it as the follower stands")
    joints = len(check.q)
    for match in (*matches, check):
        if len(match.raw) != joints or len(match.q) != joints:
            raise CalibrationError(
                f"a match has {len(match.raw)} servos and {len(match.q)} joints, the follower has {joints}:"
                " leader and follower must have as many"
            )
        if not (np.isfinite(match.raw).all() and np.isfinite(match.q).all()):
            raise CalibrationError("a match holds angles that are no numbers: read leader and follower anew")
    return np.array([match.raw for match in matches]), np.array([match.q for match in matches])


def _signs(sweeps: Sequence[Sweep], raw: Matrix, q: Matrix) -> Vector:
    """By the sweeps, and by the matches where these differ enough; both must agree."""
    joints = q.shape[1]
    swept = {sweep.joint: _swept(sweep) for sweep in sweeps}
    signs = np.zeros(joints)
    for joint in range(joints):
        by_matches = _matched_sign(raw[:, joint], q[:, joint])
        by_sweep = swept.get(joint, 0)
        if by_sweep and by_matches and by_sweep != by_matches:
            raise CalibrationError(
                f"joint {joint + 1} turned one way in its sweep and the other way between the matches:"
                " turn it the way that the follower calls positive, and match the follower again"
            )
        signs[joint] = by_sweep or by_matches
        if not signs[joint]:
            raise CalibrationError(f"nothing tells which way joint {joint + 1} turns: sweep it, or match two poses")
    return signs


def _swept(sweep: Sweep) -> int:
    """The sign that one sweep tells."""
    joint, path = sweep.joint, np.unwrap(sweep.raw, axis=0)
    if len(path) < 2 or not np.isfinite(path).all():
        raise CalibrationError(f"the sweep of joint {joint + 1} holds no motion: sweep it again")
    net = path[-1] - path[0]
    far = np.abs(net)
    most = int(np.argmax(far))
    if far[most] < _LEAST_SWEEP_RAD:
        raise CalibrationError(
            f"joint {joint + 1} turned by {far[joint]:.2f} rad in its sweep, {_LEAST_SWEEP_RAD:g} are needed:"
            " turn it further"
        )
    if most != joint and far[joint] < _LEAST_SWEEP_RAD:
        raise CalibrationError(
            f"joint {joint + 1} was asked for, and servo {most + 1} in the order of the rig's file turned:"
            " correct the order of `ids`, or turn the joint that is named"
        )
    others = np.delete(far, joint)
    if most != joint or (len(others) and others.max() > _CLEAR * far[joint]):
        raise CalibrationError(f"several joints turned in the sweep of joint {joint + 1}: hold the others still")
    whole = float(np.abs(np.diff(_calm(path[:, joint]))).sum())
    if far[joint] < _STRAIGHT * whole:
        raise CalibrationError(f"joint {joint + 1} went to and fro in its sweep: turn it one way, and stop there")
    return int(np.sign(net[joint]))


def _calm(path: Vector) -> Vector:
    """Without the hand's tremor, which would add up: a running median of a fifth of the way."""
    width = max(1, len(path) // 10)
    return np.array([np.median(path[max(0, at - width) : at + width + 1]) for at in range(len(path))])


def _matched_sign(raw: Vector, q: Vector) -> int:
    """0 where the matches differ too little to tell."""
    if float(np.ptp(q)) < _TELLS_RAD:
        return 0
    spreads = {sign: float(np.abs(np.mean(np.exp(1j * (raw - sign * q))))) for sign in (1, -1)}
    better, worse = sorted(spreads, key=lambda sign: -spreads[sign])
    return better if 1 - spreads[worse] > 4 * (1 - spreads[better]) else 0


def _circular_mean(angles: Matrix) -> Vector:
    """(k, n) rad -> (n,), 0 to 2 pi."""
    return np.mod(np.angle(np.exp(1j * angles).mean(axis=0)), 2 * np.pi)


def _sigmas(left: Matrix) -> Vector:
    """Of the offsets (n,): residuals (k, n), with what a hand's matches are supposed to be like as further ones."""
    k = len(left)
    variance = ((left**2).sum(axis=0) + _SUPPOSED * HAND_RAD**2) / (max(k - 1, 0) + _SUPPOSED)
    return np.sqrt(variance / k)


def _gain_lines(raw: Matrix, q: Matrix, signs: Vector, left: Matrix) -> list[Line]:
    """The servo's way over the joint's, where the matches differ enough: anything but 1 is no direct drive."""
    spread = q - q.mean(axis=0)
    gains = [
        float(1 + signs[joint] * (spread[:, joint] @ left[:, joint]) / (spread[:, joint] @ spread[:, joint]))
        for joint in np.flatnonzero(np.ptp(q, axis=0) >= _TELLS_RAD)
    ]
    if not gains:
        return []
    off = max(abs(gain - 1) for gain in gains)
    remedy = "a servo turns by more or less than its joint: look for a loose horn, or match the follower again"
    return [_line("gain off 1, worst joint", off, _GAIN_OFF, "warn", remedy, unit="")]


def _turn_lines(turns: Matrix, openings: NDArray[np.int64]) -> list[Line]:
    """One where a servo's count jumped by whole turns between the matches of one opening."""
    most = np.max([np.ptp(turns[openings == opening], axis=0) for opening in np.unique(openings)], axis=0)
    jumped = [f"{joint + 1}" for joint in np.flatnonzero(most)]
    if not jumped:
        return []
    remedy = f"servos of joints {', '.join(jumped)} count another turn than before: was the bus switched off between?"
    return [_line("whole turns between matches", float(most.max()), 0.0, "warn", remedy, unit="turns")]


def _check_line(joint: int, miss: float) -> Line:
    remedy = f"match joint {joint} again, in more poses; look for a loose horn"
    return _line(f"joint {joint} at the check", abs(miss), CHECK_RAD, "fail", remedy)


def _grip(grip: Grip) -> tuple[float, float]:
    """Angles of the released and the squeezed trigger: the first within 0 to 2 pi, the other the short way from it."""
    for name, raw in (("released", grip.open_raw), ("squeezed", grip.closed_raw)):
        if not len(raw) or not np.isfinite(raw).all():
            raise CalibrationError(f"the {name} trigger was not read: hold it {name} for a second")
    released = float(_circular_mean(grip.open_raw[:, None])[0])
    squeezed = float(_circular_mean(grip.closed_raw[:, None])[0])
    return released, released + float(wrapped(np.array(squeezed - released)))


def _grip_line(released: float, squeezed: float) -> Line:
    """A larger value is better here, so the limit is the least."""
    way = abs(squeezed - released)
    return Line(
        name="grip's way (at least)", value=way, limit=_LEAST_GRIP_RAD, unit="rad",
        verdict="pass" if way >= _LEAST_GRIP_RAD else "fail",
        remedy="" if way >= _LEAST_GRIP_RAD else "release and squeeze the trigger as far as it goes",
    )  # fmt: skip


def _line(name: str, value: float, limit: float, beyond: Verdict, remedy: str, unit: str = "rad") -> Line:
    good = value <= limit
    return Line(
        name=name, value=value, limit=limit, unit=unit, verdict="pass" if good else beyond,
        remedy="" if good else remedy,
    )  # fmt: skip
