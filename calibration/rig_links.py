"""How well cameras hang together: how many corners each two of them saw of the same board."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from calibration.result import Line
from calibration.rig_parts import FREE, Parts, RigSight

Quality = Literal["good", "marginal", "insufficient"]
GOOD, LEAST = 200, 50


def links(parts: Parts, sights: Sequence[RigSight]) -> tuple[dict[str, Any], ...]:
    """Every pair of cameras: corners that both saw, of a free board at the same moment, else whenever."""
    seen: dict[str, Counter[tuple[str, int, int]]] = {name: Counter() for name in parts.cameras}
    for sight in sights:
        moment = sight.moment if parts.boards[sight.board].on == FREE else 0
        seen[sight.camera].update((sight.board, moment, int(i)) for i in sight.view.ids)
    out: list[dict[str, Any]] = []
    for one, other in itertools.combinations(parts.cameras, 2):
        shared = sum((seen[one] & seen[other]).values())
        out.append({"cameras": [one, other], "shared_corners": shared, "quality": quality(shared)})
    return tuple(out)


def quality(shared: int) -> Quality:
    """Of a link by the corners that both saw."""
    return "good" if shared >= GOOD else "marginal" if shared >= LEAST else "insufficient"


def link_lines(parts: Parts, found: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    """Each camera's best link; none for a rig of one camera."""
    out: list[Line] = []
    for name in parts.cameras if len(parts.cameras) > 1 else ():
        best = max((link for link in found if name in link["cameras"]), key=lambda link: link["shared_corners"])
        shared, other = best["shared_corners"], next(each for each in best["cameras"] if each != name)
        told = quality(shared)
        remedy = f"show a board to {name} and {other} at the same moments, {GOOD} corners in all or more"
        verdict = "pass" if told == "good" else "warn" if told == "marginal" else "fail"
        out.append(
            Line(
                name=f"{name}: corners shared with {other}",
                value=shared,
                limit=GOOD,
                unit="",
                verdict=verdict,
                remedy="" if verdict == "pass" else remedy,
            )
        )
    return tuple(out)
