"""Everything that a rig's cameras need, one step after the other: lenses, cameras on wrists, cameras in the cell.

Solving goes on in a process of its own, at the lowest priority, while the next pictures are taken: robots are held by
processes that must not wait for it.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from calibration.board import Board
from calibration.errors import CalibrationError
from calibration.result import IntrinsicsResult, MountResult
from collector.calibrate.again import again
from collector.calibrate.bench import Bench
from collector.calibrate.guide import Enough, Guide, Show
from collector.calibrate.hands import Hands
from collector.calibrate.keep import keep
from collector.calibrate.kept import CaptureFolder
from collector.calibrate.lens_capture import LensCapture
from collector.calibrate.lens_live import look_for_lens
from collector.calibrate.lens_run import Asked, solve_lens
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.mount_live import look_for_mounts
from collector.calibrate.mount_run import problem_of, round_of, solve_problem
from collector.calibrate.taken import Taken

Kept = IntrinsicsResult | MountResult
_NICE = 19


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one camera's step. `problem`: why there is no result; `seconds`: that the capture took."""

    camera: str
    kind: str
    seconds: float
    result: Kept | None = None
    path: Path | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to go about it: the boards (in the hand and in the gripper; on the table), views and poses, pace."""

    held: Board
    table: Board
    count: int = 40
    poses: int = 20
    speed: float = 0.5
    scripted: bool = True


@dataclass(frozen=True, slots=True)
class _Pending:
    camera: str
    kind: str
    seconds: float
    taken: list[Taken]
    folder: CaptureFolder
    solved: Future[IntrinsicsResult] | Future[MountResult]


def calibrate_all(
    bench: Bench, plan: Plan, hands: Hands, show: Show, enough: Enough, say: Callable[[Step], None]
) -> list[Step]:
    """Every step, also where one before it failed; `say` hears each as it is done. Raises RigFault, DaemonError."""
    with ProcessPoolExecutor(1, get_context("spawn"), os.nice, (_NICE,)) as pool:
        return _All(bench, plan, hands, show, enough, say, pool).run()


class _All:
    def __init__(
        self, bench: Bench, plan: Plan, hands: Hands, show: Show, enough: Enough, say: Callable[[Step], None],
        pool: ProcessPoolExecutor,
    ) -> None:  # fmt: skip
        self._bench, self._plan, self._hands, self._pool = bench, plan, hands, pool
        self._show, self._enough, self._say = show, enough, say
        self._pending: list[_Pending] = []
        self._steps: list[Step] = []

    def run(self) -> list[Step]:
        config = self._bench.config
        on_wrists = [name for name, camera in config.cameras.items() if camera.view == "wrist"]
        in_cell = [name for name in config.cameras if name not in on_wrists]
        for camera in [*on_wrists, *in_cell]:  # the lenses that are needed first
            self._lens(camera)
        self._hands.lay()
        for camera in on_wrists:
            self._settle(camera)
            arm = config.cameras[camera].follower or next(iter(config.followers))
            self._mounts(Job([camera], arm, self._plan.table, self._plan.poses, self._plan.speed), "hand-eye")
        if in_cell and config.followers:
            self._settle(*in_cell)
            arm = next(iter(config.followers))
            self._hands.grip(arm)
            try:
                self._mounts(Job(in_cell, arm, self._plan.held, self._plan.poses, self._plan.speed), "extrinsics")
            finally:
                self._hands.lay()
        self._settle(*config.cameras)
        return self._steps

    def _lens(self, camera: str) -> None:
        bench, began, asked = self._bench, time.monotonic(), Asked(self._plan.held, self._plan.count)
        papers, folder = bench.papers, CaptureFolder(bench.papers, "intrinsics", camera)
        capture = LensCapture(camera, asked.board)
        with folder.taking(lambda: folder.keep_views(capture), f"intrinsics {camera}", bench.tell):
            again(bench, self._hands, lambda: look_for_lens(bench, capture, self._hands, self._show, self._enough))
        solved = self._pool.submit(
            solve_lens, capture.views, asked, camera, papers.made(), papers.serial(camera), papers.factory(camera)
        )
        self._pending.append(_Pending(camera, "intrinsics", time.monotonic() - began, capture.taken, folder, solved))

    def _mounts(self, job: Job, kind: str) -> None:
        """All cameras of one set of robot poses."""
        bench, began = self._bench, time.monotonic()
        capture = MountCapture(job.cameras, job.board)
        folder = CaptureFolder(bench.papers, "mounts", "_".join(job.cameras))
        taken = round_of(bench.papers, job, capture)

        def look() -> None:
            look_for_mounts(bench, capture, job, self._show, self._enough, scripted=self._plan.scripted)

        try:
            with folder.taking(lambda: folder.keep_round(taken), f"{kind} {' '.join(job.cameras)}", bench.tell):
                again(bench, self._hands, look, job.arm)
        except CalibrationError as error:
            for camera in job.cameras:
                self._done(Step(camera, kind, time.monotonic() - began, problem=str(error)))
            return
        for camera in job.cameras:
            seconds = time.monotonic() - began
            try:
                problem = problem_of(bench.papers, capture, camera, job.arm, job.board)
            except CalibrationError as error:
                self._done(Step(camera, kind, seconds, problem=f"{error}{folder.again(f'{kind} {camera}')}"))
                continue
            solved = self._pool.submit(solve_problem, problem)
            self._pending.append(_Pending(camera, kind, seconds, capture.pictures(camera), folder, solved))

    def _settle(self, *cameras: str) -> None:
        """Keep what was solved of these, waiting where need be."""
        began = time.monotonic()
        for pending in [one for one in self._pending if one.camera in cameras]:
            self._pending.remove(pending)
            while not pending.solved.done():
                self._show(Guide(f"Solving {pending.kind} of {pending.camera}", "Wait.", time.monotonic() - began))
                time.sleep(0.05)
            try:
                result = pending.solved.result()
                path = keep(self._bench.store, result, pending.camera, pending.taken, pending.folder.path)
            except CalibrationError as error:
                problem = f"{error}{pending.folder.again(f'{pending.kind} {pending.camera}')}"
                self._done(Step(pending.camera, pending.kind, pending.seconds, problem=problem))
                continue
            self._done(Step(pending.camera, pending.kind, pending.seconds, result, path))

    def _done(self, step: Step) -> None:
        self._steps.append(step)
        self._say(step)
