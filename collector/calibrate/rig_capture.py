"""All of a rig at once: each arm's camera looks at a board on the table, then each arm turns one before the others.

Cameras in the cell see the boards on the table too, which ties all arms to them; without any, all arms look at one.
"""

from collections.abc import Callable

from calibration.errors import CalibrationError
from calibration.rig_parts import CELL
from collector.calibrate.again import again
from collector.calibrate.bench import Bench
from collector.calibrate.guide import Enough, Show
from collector.calibrate.hands import Hands
from collector.calibrate.kept import CaptureFolder
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.mount_live import look_for_mounts
from collector.calibrate.rounds import Round
from collector.calibrate.whole import Plan


def look_at_rig(
    bench: Bench, plan: Plan, hands: Hands, show: Show, enough: Enough, say: Callable[[str], None],
    folder: CaptureFolder,
) -> list[Round]:  # fmt: skip
    """Each arm's cameras first, then the cell's; what one round lacks costs no other. `folder` keeps each at once.

    Raises RigFault; CalibrationError where no round gave anything.
    """
    config = bench.config
    if not config.followers:
        raise CalibrationError("a rig without arms has nothing that moves before its cameras; it needs a follower")
    first = next(iter(config.followers))
    wrists = {name: one.follower or first for name, one in config.cameras.items() if one.view == "wrist"}
    in_cell = [name for name in config.cameras if name not in wrists]
    rounds: list[Round] = []
    problems: list[str] = []

    def look(arm: str, cameras: list[str], beside: list[str], name: str, on: str) -> None:
        job = Job(cameras, arm, plan.held, plan.poses, plan.speed, beside)
        found = MountCapture(cameras, plan.held, beside)
        one = Round(arm, name, on, plan.held, found)

        def turn() -> None:
            look_for_mounts(bench, found, job, show, enough, scripted=plan.scripted)

        try:
            with folder.taking(lambda: folder.keep_round(one), "rig", bench.tell):
                again(bench, hands, turn, arm)
        except CalibrationError as error:
            problems.append(f"{arm} before the {name}: {error}")
            return say(problems[-1])
        counts = ", ".join(f"{camera} {count}" for camera, count in found.counts.items())
        say(f"{arm} before the {name}: {len(found.sights)} poses; views: {counts}")
        rounds.append(one)

    laid = ""
    for arm in config.followers:
        if mine := [camera for camera, carrier in wrists.items() if carrier == arm]:
            if in_cell or not laid:
                hands.lay(mine[0])
                laid = f"board laid before {mine[0]}"
            look(arm, mine, in_cell, laid, CELL)
    for arm in config.followers if in_cell else ():
        hands.grip(arm)
        try:
            look(arm, in_cell, [], f"board held by {arm}", arm)
        finally:
            hands.lay()
    if not rounds:
        raise CalibrationError("; ".join(problems) or "a rig without cameras has nothing to calibrate")
    return rounds
