"""An episode in one JSON-ready dictionary, for `clap inspect`."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.foreign import damage_named
from collector.episode.reader import Episode


def summarise(path: Path) -> dict[str, Any]:
    """Duration, steps, streams (rate, losses, bounds), alignment, labels, quality, size. Raises NotAnEpisode."""
    with damage_named(path), Episode(path) as episode:
        streams = {name: _stream(episode, name) for name in episode.streams}
        bound = episode.steps["bound_ns"][episode.valid]
        journal = episode.provenance["journal"]
        return {
            "path": str(path),
            "uuid": episode.uuid,
            "status": episode.status,
            "instruction": episode.instruction,
            "labels": episode.labels,
            "utc_ns": episode.utc_anchor_ns,
            "duration_s": _duration_s(episode),
            "bytes": path.stat().st_size,
            "steps": len(episode.t_ns),
            "valid_steps": int(np.count_nonzero(episode.valid)),
            "alignment_bound_us": _spread_us(bound),
            "streams": streams,
            "sync_residuals": episode.sync_residuals,
            "verdict": _verdict(episode.verdict),
            "quality": episode.quality,
            "certificate": _certificate(episode),
            "damage": journal["damage"],
        }


def _verdict(verdict: dict[str, Any] | None) -> str:
    """The gates' word on the episode, and which of them said no."""
    if verdict is None:
        return "not judged"
    amiss = [f"{g['subject']}: {g['name']} ({g['verdict']})" for g in verdict["gates"] if g["verdict"] != "pass"]
    return "; ".join([verdict["verdict"], *amiss])


def _certificate(episode: Episode) -> str:
    """Under which self-test it was recorded, or why without."""
    grounds = episode.provenance["provenance"]
    if certificate := episode.certificate:
        return f"{certificate['uuid']} ({certificate['verdict']})"
    return f"overridden: {grounds['override']}" if grounds.get("override") else "none"


def _stream(episode: Episode, name: str) -> dict[str, Any]:
    columns, attrs = episode.stream(name), episode.stream_attrs(name)
    t_ns = columns["t_ns"]
    span_s = float(t_ns[-1] - t_ns[0]) * 1e-9 if len(t_ns) > 1 else 0.0
    told = {key: str(attrs[key]) for key in ("kind", "source", "sync_class") if key in attrs}
    size = {"bytes": int(columns["jpeg_bytes"].sum())} if "jpeg_bytes" in columns else {}
    return {
        **told,
        "rows": len(t_ns),
        "rate_hz": round((len(t_ns) - 1) / span_s, 3) if span_s else None,
        "lost": int(attrs["lost"]),
        "bound_us": _spread_us(columns["u_ns"]),
        **size,
    }


def _duration_s(episode: Episode) -> float:
    """From the first to the last sample of any stream, s."""
    stamps = [t for name in episode.streams if len(t := episode.stream(name)["t_ns"])]
    return float(max(t[-1] for t in stamps) - min(t[0] for t in stamps)) * 1e-9 if stamps else 0.0


def _spread_us(values_ns: NDArray[np.int64]) -> dict[str, float] | None:
    """p50, p99 and max in us; None without values."""
    if not len(values_ns):
        return None
    p50, p99, greatest = np.percentile(values_ns, [50, 99, 100]) * 1e-3
    return {"p50": round(p50, 3), "p99": round(p99, 3), "max": round(greatest, 3)}
