"""Pictures of calibration for the docs, from the whole procedure on the running virtual rig.

    python -m benchmarks.calibration_pictures [--out docs/pictures]

What the operator is told while it goes on, the table at the end, and the plots of one camera's lens, as SVG.
"""

import argparse
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console, RenderableType

from calibration.result import IntrinsicsResult
from calibration.store import Store
from collector.attach import attached_or_own
from collector.calibrate.bench import bench_of
from collector.calibrate.guide import Guide
from collector.calibrate.hands import ScriptedHands
from collector.calibrate.truth import board_in, truth_of
from collector.calibrate.whole import Plan, Step, calibrate_all
from collector.record import Rig
from collector.report.calibrate_all_table import all_table
from collector.report.calibrate_live import guide_view
from collector.report.calibration_plots import corners_and_residuals, uncertainty_map
from hardware.config import RigConfig
from hardware.load import load

_RIG = Path("configs/rigs/virtual.yaml")
_COLUMNS = 80
_VIEWS = 12  # of the lens, when the picture is taken
_SHARE = 0.5  # of the plan for the mount


class Photographer:
    """Keeps what is shown at a telling moment."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._kept: set[str] = set()

    def show(self, guide: Guide) -> None:
        if guide.coverage is not None and guide.coverage.views >= _VIEWS and guide.rejected:
            self._keep(
                "calibrate-intrinsics", guide_view(guide), f"clap calibrate {guide.title.split(' of ')[0].lower()}"
            )
        elif guide.diversity is not None and (guide.share or 0.0) > _SHARE and "small" not in guide.title:
            self._keep("calibrate-mount", guide_view(guide), "clap calibrate: the robot moves by itself")

    def table(self, shown: RenderableType) -> None:
        self._keep("calibrate-all", shown, "clap calibrate all --unattended")

    def plots(self, result: IntrinsicsResult) -> None:
        size = result.width, result.height
        for name, drawn in (
            ("calibrate-residuals", corners_and_residuals(result.pictures, size)),
            ("calibrate-uncertainty", uncertainty_map(result)),
        ):
            if drawn is not None:
                (self._out / f"{name}.svg").write_text(drawn)

    def _keep(self, name: str, shown: RenderableType, title: str) -> None:
        if name in self._kept:
            return
        self._kept.add(name)
        console = Console(record=True, width=_COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
        console.print(shown)
        (self._out / f"{name}.svg").write_text(console.export_svg(title=title))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--set", action="append", default=[], help="As of clap: a key of the rig file.")
    asked = parser.parse_args()
    sets = tuple(asked.set)
    rig, see = load(RigConfig, _RIG, sets), Photographer(asked.out)
    asked.out.mkdir(parents=True, exist_ok=True)

    def tell(what: str, share: float | None) -> None:
        pass

    def say(step: Step) -> None:
        print(step.camera, step.kind, step.problem or "done", f"{step.seconds:.0f} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="clap-pictures-") as folder:
        with attached_or_own(_RIG, rig.name, sets, Path(folder) / "out", None, tell) as client:
            bench = bench_of(client, rig, Store(Path(folder) / "store"), Rig(client, tell), print)
            truth = truth_of(client, rig)
            assert truth is not None
            plan = Plan(board_in(truth, "held"), board_in(truth, "table"), speed=0.8)
            steps = calibrate_all(bench, plan, ScriptedHands(client), see.show, lambda: False, say)
    see.table(all_table(steps, truth))
    for step in steps:
        if isinstance(step.result, IntrinsicsResult) and step.camera == "front":
            see.plots(step.result)


if __name__ == "__main__":
    main()
