"""The picture of the demo's table for the README, from what `clap demo` really prints.

    python -m benchmarks.demo_picture [--out docs/demo.svg] [--columns 80] [--set key=value]

Run it on a machine that has nothing else to do: the figures are those of the run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

_RIG = Path("configs/rigs/virtual.yaml")
_TASK = Path("configs/tasks/pick_cube.yaml")
_TABLE = "What was measured"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/demo.svg"))
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--set", action="append", default=[], help="As of clap: a key of the rig file.")
    asked = parser.parse_args()
    sets = [word for item in asked.set for word in ("--set", item)]
    command = ["demo", "--rig", str(_RIG.resolve()), "--task", str(_TASK.resolve()), "--out", "demo", *sets]
    with tempfile.TemporaryDirectory(prefix="clap-demo-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "collector.cli", *command],
            cwd=folder,
            env=os.environ
            | {"COLUMNS": str(asked.columns), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
            | {f"XDG_{kind}_HOME": f"{folder}/{kind}" for kind in ("STATE", "DATA")},  # its certificate is nobody's
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    lines = done.stdout.splitlines()
    begin = next((number for number, line in enumerate(lines) if _TABLE in line), None)
    if begin is None or done.returncode:
        raise SystemExit(f"the demo ended with {done.returncode}:\n{done.stdout}")
    asked.out.write_text(picture("\n".join(lines[begin:]), asked.columns))


def picture(printed: str, columns: int) -> str:
    """What a terminal was told, with its colours, as SVG."""
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(printed))
    return console.export_svg(title="make demo")


if __name__ == "__main__":
    main()
