"""Robot poses and what the cameras saw from them, taken whenever the arm and the pictures stand still."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.board import Board
from calibration.detect import Unseen, detect
from calibration.diversity import Diversity, diversity
from calibration.poses import Matrix, apart
from calibration.view import View
from collector.calibrate.guide import Guide
from collector.calibrate.standstill import Standstill
from collector.calibrate.taken import Taken, taken
from collector.live import Picture

_NEW_M, _NEW_RAD = 0.01, 0.04  # a pose that adds something differs from every other by this much
_BESIDE = 10  # looks of one that stands still at a board that does: more tell nothing new
_SETTLED_NS = 120_000_000  # a camera on the wrist swings a little after the arm stands


@dataclass(frozen=True, slots=True)
class Job:
    """Cameras of one kind of mount, the arm that moves, the board.

    `poses`: to take; `speed`: of scripted motion, as a share of the pace that teleoperation's limits allow; `beside`:
    cameras that stand still as the board does: a few of their looks are taken too, and tie them to the others.
    """

    cameras: Sequence[str]
    arm: str
    board: Board
    poses: int = 20
    speed: float = 0.5
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """One robot pose T_base_ee (4, 4), and by camera what was seen from it."""

    T_base_ee: Matrix
    q: tuple[float, ...]
    taken: dict[str, Taken]


class MountCapture:
    """What was taken so far. No I/O and no clock of its own."""

    def __init__(self, cameras: Sequence[str], board: Board, beside: Sequence[str] = ()) -> None:
        self.cameras, self._board, self.beside = tuple(cameras), board, tuple(beside)
        self._rest = Standstill()
        self._rest_begun: int | None = None
        self._q: tuple[float, ...] = ()
        self._seen: dict[str, Taken | Unseen] = {}
        self._judged = False
        self._refused = {camera: Counter[str]() for camera in (*self.cameras, *self.beside)}
        self.sights: list[Sight] = []
        self.rejected = ""
        self.rests = 0
        """At how many poses the cameras were asked."""

    def feed(self, state: np.void | None, pictures: Mapping[str, Picture | None]) -> bool:
        """A state of the arm and the cameras' newest looks; True where a pose was taken."""
        if state is None:
            return False
        here = self._rest.mean() if self._rest.since_ns is not None else None
        self._rest.feed(int(state["t_ns"]), np.asarray(state["O_T_EE"], np.float64).reshape(4, 4).T)
        since = self._rest.since_ns
        if since != self._rest_begun:  # another rest, or none
            late = here is not None and bool(self._seen) and not self._judged and self._judge(here)
            self._rest_begun, self._judged = since, False
            self._seen.clear()
            return late
        if since is None or self._judged:
            return False
        if not self._is_new():
            self.rejected = "This pose was taken: move on."
            self._judged = True
            return False
        self._q = tuple(float(joint) for joint in state["q"])
        wanted = (*self.cameras, *(name for name in self.beside if len(self.of(name)[0]) < _BESIDE))
        for camera, picture in pictures.items():
            if camera in wanted and camera not in self._seen and picture is not None:
                self._look(camera, picture, since)
        return len(self._seen) == len(wanted) and self._judge(self._rest.mean())

    @property
    def judged(self) -> bool:
        """Does the arm stand, and has every camera been asked what it sees from here?"""
        return self._rest.since_ns is not None and self._judged

    def _is_new(self) -> bool:
        here = self._rest.mean()
        for sight in self.sights:
            metres, radians = apart(sight.T_base_ee, here)
            if metres < _NEW_M and radians < _NEW_RAD:
                return False
        return True

    def _look(self, camera: str, picture: Picture, since_ns: int) -> None:
        """Only a picture of the middle of the rest tells of this pose."""
        if not since_ns + _SETTLED_NS <= picture.t_ns <= self._rest.until_ns:
            return
        seen = detect(picture.rgb, self._board, f"{camera}@{picture.t_ns}", picture.t_ns)
        self._seen[camera] = seen if isinstance(seen, Unseen) else taken(seen, picture)

    def _judge(self, here: Matrix) -> bool:
        self._judged = True
        return self.recall(here, self._q, self._seen)

    def recall(self, here: Matrix, q: tuple[float, ...], seen: Mapping[str, Taken | Unseen]) -> bool:
        """What was seen from a pose T_base_ee (4, 4), joints q (n,) rad; True where that is worth something."""
        self.rests += 1
        found = {camera: one for camera, one in seen.items() if isinstance(one, Taken)}
        unseen = {camera: one.reason for camera, one in seen.items() if isinstance(one, Unseen)}
        self.rejected = " ".join(f"{camera}: {reason}" for camera, reason in unseen.items())
        for camera, reason in unseen.items():
            self._refused[camera][reason] += 1
        if not found:
            return False
        self.sights.append(Sight(here, q, found))
        return True

    def why_not(self, camera: str) -> str:
        """What kept it most often from seeing the board; empty where nothing did."""
        return next((f"{reason} ({times} times)" for reason, times in self._refused[camera].most_common(1)), "")

    def of(self, camera: str) -> tuple[list[View], Matrix]:
        """A camera's views, and the robot's poses (k, 4, 4) at them."""
        those = [sight for sight in self.sights if camera in sight.taken]
        poses = np.stack([sight.T_base_ee for sight in those]) if those else np.empty((0, 4, 4))
        return [sight.taken[camera].view for sight in those], poses

    def joints(self, camera: str) -> list[tuple[float, ...]]:
        """The robot's joints, rad, at a camera's views."""
        return [sight.q for sight in self.sights if camera in sight.taken]

    def pictures(self, camera: str) -> list[Taken]:
        """A camera's, as they were taken."""
        return [sight.taken[camera] for sight in self.sights if camera in sight.taken]

    @property
    def diversity(self) -> Diversity | None:
        """Of the robot poses of the camera that has the fewest; None before the first two."""
        fewest = min(self.cameras, key=lambda camera: len(self.of(camera)[0]))
        _, poses = self.of(fewest)
        return diversity(poses) if len(poses) > 1 else None

    @property
    def counts(self) -> dict[str, int]:
        """Views by camera that is asked for."""
        return {camera: len(self.of(camera)[0]) for camera in self.cameras}

    def guide(self, title: str, seconds: float, advice: str = "", share: float | None = None) -> Guide:
        """For the operator."""
        spread = self.diversity
        told = advice or (spread.advice if spread else "Bring the board into view, let the arm rest for a second.")
        return Guide(title, told, seconds, self.counts, self.rejected, None, spread, share)
