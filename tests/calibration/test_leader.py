"""Any assembly of a leader is found: signs, offsets, grip; evidence that tells nothing is refused in words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.errors import CalibrationError
from calibration.leader import HAND_RAD, Grip, Match, Sweep, quarter_turns, solve_leader, wrapped

HOME = np.array([0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785])
JOINTS = len(HOME)


class Assembly:
    """A leader put together somehow, and hands that hold it about where they should."""

    def __init__(self, seed: int, hand_rad: float = 0.01, *, quarter: bool = False) -> None:
        self.rng = np.random.default_rng(seed)
        self.signs = self.rng.choice([-1.0, 1.0], JOINTS)
        self.offsets = self.rng.uniform(0, 2 * np.pi, JOINTS)
        if quarter:
            self.offsets = np.pi / 2 * self.rng.integers(0, 4, JOINTS)
        self.hand_rad = hand_rad

    def raw(self, q: np.ndarray) -> np.ndarray:
        """As a driver tells it that knows nothing: within half a turn of 0 at its start."""
        held = q + self.rng.normal(0, self.hand_rad, JOINTS)
        return wrapped(self.signs * held + self.offsets)

    def match(self, q: np.ndarray) -> Match:
        return Match(self.raw(q), q)

    def sweep(self, joint: int, by: float = 0.5) -> Sweep:
        share = np.linspace(0, 1, 40)[:, None] * np.eye(JOINTS)[joint] * by
        tremor = self.rng.normal(0, 0.002, share.shape)
        return Sweep(joint, np.unwrap(wrapped(self.signs * (HOME + share + tremor) + self.offsets), axis=0))

    def sweeps(self) -> list[Sweep]:
        return [self.sweep(joint) for joint in range(JOINTS)]

    def elsewhere(self) -> np.ndarray:
        return HOME + self.rng.uniform(-0.6, 0.6, JOINTS)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_assembly_is_found_and_passes_its_check(seed: int) -> None:
    leader = Assembly(seed)
    matches = [leader.match(HOME), leader.match(leader.elsewhere()), leader.match(leader.elsewhere())]
    found = solve_leader(matches, leader.sweeps(), leader.match(leader.elsewhere()), leader="right")
    assert found.signs == tuple(leader.signs)
    assert np.abs(wrapped(np.array(found.offsets_rad) - leader.offsets)).max() < 0.05
    assert all(0 <= offset <= 2 * np.pi for offset in found.offsets_rad)
    assert all(line.verdict == "pass" for line in found.lines if "check" in line.name)


def test_sigmas_cover_the_true_errors() -> None:
    off = []
    for seed in range(60):
        leader = Assembly(seed, HAND_RAD)
        matches = [leader.match(leader.elsewhere()) for _ in range(4)]
        found = solve_leader(matches, leader.sweeps(), leader.match(HOME))
        off.append(wrapped(np.array(found.offsets_rad) - leader.offsets) / found.offset_sigmas_rad)
    within = np.mean(np.abs(off) < 1)
    assert 0.6 < within < 0.78
    assert np.mean(np.abs(off) < 2) > 0.92


def test_matches_alone_tell_the_signs_where_every_joint_differs() -> None:
    leader = Assembly(3)
    poses = [HOME, HOME + 0.5, HOME - 0.4]
    found = solve_leader([leader.match(q) for q in poses], [], leader.match(HOME + 0.2))
    assert found.signs == tuple(leader.signs)


def test_whole_turns_of_the_count_are_told_and_do_no_harm() -> None:
    leader = Assembly(5, hand_rad=0.0)
    true = leader.signs * HOME + leader.offsets
    turns = np.array([0, 1, -1, 2, 0, 0, 3])
    poses = [Match(true + 2 * np.pi * turns, HOME)]
    found = solve_leader(poses, leader.sweeps(), leader.match(HOME))
    assert found.turns == tuple(turns)
    assert np.allclose(wrapped(np.array(found.offsets_rad) - leader.offsets), 0, atol=1e-9)


def test_a_count_that_jumps_between_the_matches_warns() -> None:
    leader = Assembly(6)
    first, second = leader.match(HOME), leader.match(HOME)
    second = replace(second, raw=second.raw + 2 * np.pi * np.eye(JOINTS)[2])
    found = solve_leader([first, second], leader.sweeps(), leader.match(HOME))
    told = [line for line in found.lines if line.name == "whole turns between matches"]
    assert told and told[0].verdict == "warn" and "3" in told[0].remedy
    anew = solve_leader([first, replace(second, opening=1)], leader.sweeps(), leader.match(HOME))
    assert not [line for line in anew.lines if line.name == "whole turns between matches"]


def test_a_joint_that_is_off_at_the_check_fails_by_name() -> None:
    leader = Assembly(7)
    check = leader.match(leader.elsewhere())
    check = replace(check, raw=check.raw + 0.09 * np.eye(JOINTS)[4])
    found = solve_leader([leader.match(HOME)] * 3, leader.sweeps(), check)
    assert [line.name for line in found.lines if line.verdict == "fail"] == ["joint 5 at the check"]
    assert found.checked_rad > 0.05


def test_horns_on_quarter_turns_are_recognised_and_others_are_not() -> None:
    leader = Assembly(8, quarter=True)
    found = solve_leader([leader.match(HOME)] * 3, leader.sweeps(), leader.match(HOME))
    snapped = quarter_turns(found)
    assert snapped is not None and np.allclose(wrapped(np.array(snapped) - leader.offsets), 0)
    other = Assembly(9)
    assert quarter_turns(solve_leader([other.match(HOME)] * 3, other.sweeps(), other.match(HOME))) is None


@pytest.mark.parametrize("released, squeezed", [(3.40, 2.70), (0.1, -0.6), (6.2, 6.9), (2.0, 2.9)])
def test_the_grip_is_found_across_the_count_s_seam(released: float, squeezed: float) -> None:
    leader = Assembly(10)
    grip = Grip(wrapped(np.full(20, released)), wrapped(np.full(20, squeezed)))
    found = solve_leader([leader.match(HOME)], leader.sweeps(), leader.match(HOME), grip)
    assert found.grip_open_rad is not None and found.grip_closed_rad is not None
    assert abs(wrapped(np.array(found.grip_open_rad - released))) < 1e-9
    assert found.grip_closed_rad - found.grip_open_rad == pytest.approx(squeezed - released)
    assert next(line for line in found.lines if "grip" in line.name).verdict == "pass"


def test_a_grip_that_hardly_moved_fails() -> None:
    leader = Assembly(11)
    grip = Grip(np.full(9, 1.0), np.full(9, 1.05))
    found = solve_leader([leader.match(HOME)], leader.sweeps(), leader.match(HOME), grip)
    line = next(line for line in found.lines if "grip" in line.name)
    assert line.verdict == "fail" and "squeeze" in line.remedy


def test_a_geared_servo_is_told() -> None:
    leader = Assembly(12, hand_rad=0.002)
    poses = [HOME, HOME + 0.5, HOME - 0.5]
    matches = [leader.match(q) for q in poses]
    geared = [replace(m, raw=m.raw + 0.4 * leader.signs * (m.q - HOME) * np.eye(JOINTS)[1]) for m in matches]
    found = solve_leader(geared, leader.sweeps(), leader.match(HOME))
    line = next(line for line in found.lines if "gain" in line.name)
    assert line.verdict == "warn" and line.value == pytest.approx(0.4, abs=0.05)


def _sweep_of(joint: int, moves: dict[int, float]) -> Sweep:
    way = np.zeros(JOINTS)
    for servo, by in moves.items():
        way[servo] = by
    return Sweep(joint, np.linspace(0, 1, 30)[:, None] * way)


@pytest.mark.parametrize(
    "sweep, words",
    [
        (_sweep_of(2, {2: 0.05}), "turn it further"),
        (_sweep_of(2, {4: 0.6}), "servo 5"),
        (_sweep_of(2, {2: 0.6, 3: 0.5}), "hold the others still"),
        (Sweep(2, np.zeros((1, JOINTS))), "no motion"),
        (Sweep(2, np.sin(np.linspace(0, 9, 90))[:, None] * np.eye(JOINTS)[2]), "one way"),
    ],
)
def test_a_sweep_that_tells_nothing_is_refused(sweep: Sweep, words: str) -> None:
    leader = Assembly(13)
    with pytest.raises(CalibrationError, match=words):
        solve_leader([leader.match(HOME)], [sweep], leader.match(HOME))


def test_evidence_that_is_missing_or_contradicts_itself_is_refused() -> None:
    leader = Assembly(14)
    home = leader.match(HOME)
    with pytest.raises(CalibrationError, match="never matched"):
        solve_leader([], leader.sweeps(), home)
    with pytest.raises(CalibrationError, match="which way joint 1"):
        solve_leader([home], [], home)
    with pytest.raises(CalibrationError, match="no numbers"):
        solve_leader([Match(np.full(JOINTS, np.nan), HOME)], leader.sweeps(), home)
    with pytest.raises(CalibrationError, match="servos"):
        solve_leader([Match(np.zeros(3), HOME)], leader.sweeps(), home)
    backwards = [Sweep(sweep.joint, -sweep.raw) for sweep in leader.sweeps()]
    with pytest.raises(CalibrationError, match="one way in its sweep"):
        solve_leader([home, leader.match(HOME + 0.6), leader.match(HOME - 0.6)], backwards, home)
