"""Episodes back to back: the next one never waits for the last, and the earlier ones are never touched again."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.faults.judge import sha256
from benchmarks.faults.live import judge_kept, live, summary
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import place
from collector.control import DaemonError
from collector.episode.segments import journals

READY_S = 0.3
_SECONDS = 1.0


def back_to_back(count: int) -> Iterator[Run]:
    """So many episodes of a second each; one run for each."""
    with place() as where:
        hashes: dict[Path, str] = {where.earlier: sha256(where.earlier)}
        with live(where.data, where.again, _SECONDS, at_s=0.3, episodes=count) as rig:
            while rig.process.poll() is None:
                with suppress(DaemonError):  # it ends by itself
                    rig.status()
                for path in where.data.glob("*.hdf5"):
                    if path not in hashes:
                        hashes[path] = sha256(path)
                time.sleep(0.1)
            code, told = rig.end()
        made: list[dict[str, Any]] = summary(told)["episodes"] if code == 0 else []
        for n in range(count):
            run = Run()
            run.require("I6", code == 0, f"exit code {code}: {told[-300:]}")
            path = Path(made[n]["path"]) if n < len(made) else where.data / "missing"
            run.require("I1", path.exists(), f"{path.name} is not there")
            if path.exists():
                judge_kept(run, path, {"rows": made[n]["rows"]}, "complete")
                same = hashes.get(path, sha256(path)) == sha256(path)
                run.require("I4", same, f"{path.name} has changed after it was sealed")
                ready_s = made[n]["stop_to_ready_s"]
                run.within("I5", ready_s, READY_S, "stop to ready, s,")
                run.note = "ready for the next one within 0.3 s"
            run.require("I5", not journals(where.data), "a journal is left")
            where.judge_earlier(run)
            yield run
