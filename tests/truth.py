"""What a far end of the virtual rig logged of the samples that it emitted."""

from pathlib import Path

import numpy as np


def truth_of(directory: Path, stream: str) -> dict[int, int]:
    """seq -> true instant, ns, of one stream ("trigger", "cameras/front", ...)."""
    rows = np.fromfile(directory / f"{stream.replace('/', '.')}.i64", "<i8").reshape(-1, 2)
    return {int(seq): int(t_true_ns) for seq, t_true_ns in rows}
