"""Is an episode what it says, and what of it is sound where it is not? Reads every byte; needs no device.

A file may be anybody's and damaged anyhow: `clap verify` runs this in a child process (isolated.py).
"""

import hashlib
from pathlib import Path

import h5py

from collector.episode.findings import Problem, Report
from collector.episode.reader import Episode, NotAnEpisode
from collector.episode.verify_content import content_problems, losses, stream_names
from collector.episode.verify_frames import Frames, check_frames
from collector.episode.verify_layout import layout_problems, sealed_digests

_STEPS = ("/steps", "/observations", "/action", "/base_action", "/compress_len")


def verify(path: Path) -> list[str]:
    """The problems and losses of an episode file, one clear sentence each; empty when there are none."""
    report = examine(path)
    return [*report.problems, *report.losses]


def examine(path: Path, sha256: str | None = None) -> Report:
    """All about one sealed episode. `sha256`: of the file, as the catalogue remembers it."""
    try:
        with Episode(path) as episode, h5py.File(path) as file:
            report = _examine(path, episode, file)
    except NotAnEpisode as error:
        return Report(path, (str(error),))
    except MemoryError:
        raise
    except Exception as error:  # anything: the file may be anybody's
        return Report(path, (f"cannot be read as an episode: {error}",))
    if sha256 is None or _sha256(path) == sha256:
        return report
    return Report(path, (*report.problems, "is not the file that the catalogue knows: its SHA-256 differs"),
                  report.losses, report.sound, report.note)  # fmt: skip


def _examine(path: Path, episode: Episode, file: h5py.File) -> Report:
    sealed, problems = sealed_digests(file, episode.format_version)
    problems += layout_problems(file, sealed)
    frames: dict[str, Frames] = {}
    for name in stream_names(episode):
        if not name.startswith("cameras/"):
            continue
        try:
            frames[name] = check_frames(file, name.removeprefix("cameras/"), sealed.get(f"/streams/{name}/jpeg"))
            problems += frames[name].problems
        except Exception as error:  # anything: the file may be anybody's
            problems.append(Problem(f"/streams/{name}/jpeg", f"cannot be read: {error}"))
    problems += content_problems(episode, file, problems)
    lost: list[str] = []
    if not any(problem.where == "/provenance" for problem in problems):
        lost = losses(episode)
    sound = _sound(episode, problems, frames) if problems or lost else ()
    note = "" if sealed or problems else "sealed by an earlier version, which stored no digests"
    return Report(path, tuple(map(str, problems)), tuple(lost), sound, note)


def _sound(episode: Episode, problems: list[Problem], frames: dict[str, Frames]) -> tuple[str, ...]:
    """Each stream and part that nothing was found against, with its rows; of a camera, how many frames."""

    def clean(*names: str) -> bool:
        return not any(
            problem.where == name or problem.where.startswith(f"{name}/") for problem in problems for name in names
        )

    parts: list[str] = []
    for name in stream_names(episode):
        path = f"/streams/{name}"
        if clean(path, f"/clocks/{name}"):
            parts.append(f"{name}: {episode.rows(name)} rows")
        elif name in frames and frames[name].whole:
            parts.append(f"{name}: {frames[name].whole} of {frames[name].total} frames")
    if clean(*_STEPS):
        parts.append(f"steps: {len(episode.t_ns)} rows")
    return (*parts, *(name for name in ("events", "labels", "calibration", "provenance") if clean(f"/{name}")))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
