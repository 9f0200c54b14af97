"""Rows of the catalogue as a session leaves them."""

import json
from typing import Any

from collector.episode.catalogue_row import Row

BEGAN_NS = 1_763_800_000_000_000_000
SESSION = "5e5510f0-0000-4000-8000-000000000001"


def take(number: int, at_s: float, seconds: float | None = 10.0, **more: Any) -> Row:
    """A kept take of `seconds`, begun `at_s` after the session's first; `scene` and `quality` as tables."""
    tables = {name: json.dumps(more.pop(name)) for name in ("scene", "quality") if name in more}
    known = {
        "state": "sealed", "uuid": f"{number:08}-0000-4000-8000-000000000000", "session": SESSION, "task": "pick_cube",
        "operator": "anna", "rig": "virtual", "status": "complete", "outcome": "success", "score": 4.0,
        "purpose": "record",
    }  # fmt: skip
    return Row(
        path=f"episode_{number:06}.hdf5", number=number, duration_s=seconds,
        started_utc_ns=BEGAN_NS + round(at_s * 1e9), **{**known, **tables, **more},
    )  # fmt: skip


def discarded(number: int, at_s: float, why: str = "retake", **more: Any) -> Row:
    """One thrown away."""
    return take(number, at_s, state="trashed", discarded_why=why, outcome="unlabelled", score=None, **more)


def morning() -> list[Row]:
    """Twenty takes of an operator who tires: every fourth one is done again, the robot lags more and more."""
    objects, starts = ("red cube", "green cube"), ("near left", "near right", "far left")
    rows: list[Row] = []
    for n in range(20):
        quality = {
            "duration_s": 10.0 + n % 3 * 0.4, "idle_share": 0.05 + 0.012 * n, "sparc": -1.6 - 0.01 * (n % 5),
            "shake_mrad": 0.5 + 0.05 * (n % 4), "sync_p99_us": 210.0 + 7 * (n % 6), "lost_frames": float(n == 13),
            "lag_ms": 60.0 + 2 * n,
        }  # fmt: skip
        scene = {"object": objects[n % 2], "start": starts[n % 3]}
        at_s = 25.0 * n + (900.0 if n > 11 else 0.0)
        if n % 4 == 3:
            rows.append(discarded(n, at_s, "knocked over" if n == 7 else "retake", scene=scene, quality=quality))
        else:
            outcome = "failure" if n in (9, 17) else "success"
            rows.append(take(n, at_s, outcome=outcome, score=5.0 - n // 7, scene=scene, quality=quality))
    return rows
