"""What verifying found, in lines for people."""

from collections.abc import Sequence

from collector.episode.findings import Report

_MOST = 6  # problems of one file; --json has all


def verify_lines(report: Report) -> list[str]:
    """The file and its state; where it is damaged each problem, then what of it is sound."""
    if report.is_sound:
        return [f"{report.path}: {report.note or 'sound'}"]
    lines = [f"{report.path}: {'damaged' if report.problems else 'sound, but what it was sealed from was damaged'}"]
    lines += [f"  {problem}" for problem in _first([*report.problems, *report.losses])]
    lines += [f"  sound: {', '.join(report.sound)}"] if report.sound else []
    return lines + ([f"  {report.note}"] if report.note else [])


def _first(problems: Sequence[str]) -> list[str]:
    more = len(problems) - _MOST
    return [*problems[:_MOST], *([f"and {more} more problems (--json lists them)"] if more > 0 else [])]
