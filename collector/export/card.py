"""The data card: what a reader of the set must know, in one page."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from collector.export.calibration import how_known
from collector.export.features import BOUND, STAMP, Feature, image_key
from collector.export.grounds import counted
from collector.export.plan import Gaps, Plan

_GAPS = {
    "refuse": "No delivered episode has a gap inside.",
    "split": "At a gap one episode ends and another begins (see `meta/clapboard.json`).",
    "drop": "Missing rows inside an episode were closed up: there `timestamp` hides a jump in time,"
    f" which `{STAMP}` shows.",
}
_CONSENTS = {"given": "they agreed", "not needed": "nobody is to be seen who would have to agree"}
_PLAIN = re.compile(r"[a-z][a-z0-9.-]*")


def write_card(
    path: Path,
    plan: Plan,
    features: list[Feature],
    left_out: tuple[str, ...],
    gaps: Gaps,
    damaged: Mapping[str, str],
    undistort: bool = False,
) -> None:
    """Write README.md, with the header that data-set hubs read. `damaged`: files that were left out, and why."""
    lines = [*_header(plan), *_body(plan, features, left_out, gaps, undistort), *_without(plan, damaged), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _header(plan: Plan) -> list[str]:
    licences = [licence.lower() for licence in counted(source.grounds.licence for source in plan.sources) if licence]
    return [
        "---",
        *([f"license: {_yaml(licences[0] if len(licences) == 1 else licences)}"] if licences else []),
        "task_categories: [robotics]",
        "tags: [LeRobot, clapboard]",
        "configs:",
        "- config_name: default",
        "  data_files: data/*/*.parquet",
        "---",
    ]


def _body(plan: Plan, features: list[Feature], left_out: tuple[str, ...], gaps: Gaps, undistort: bool) -> list[str]:
    contract = plan.contract
    rate = f"{float(contract.fps):g}"
    trimmed = sum(source.trimmed for source in plan.sources)
    dropped = sum(source.dropped for source in plan.sources)
    absent = ", ".join(f"`{key}`" for key in left_out)
    return [
        f"# {contract.robot_type} demonstrations",
        "",
        f"LeRobot v2.1. {plan.rows} rows from {len(plan.sources)} recorded episodes at {rate} Hz,"
        " one row a camera trigger.",
        "",
        "## Tasks",
        *[f"- {task}" for task in dict.fromkeys(source.task for source in plan.sources)],
        "",
        "## Contract",
        "| feature | type | dimensions | unit |",
        "|---|---|---|---|",
        *[f"| `{f.key}` | {f.dtype} | {', '.join(f.names) if f.names else '1'} | {f.unit} |" for f in features],
        *[
            f"| `{image_key(camera)}` | H.264 video | {width}x{height} RGB | |"
            for camera, (height, width) in contract.cameras.items()
        ],
        "",
        *([f"- **Left out**, as some row has no value: {absent}."] if absent else []),
        "- **Action space:** absolute joint positions, as sent to the robot, and the gripper; of a mobile base its"
        " velocity.",
        "- **Gripper:** 0 = open, 1 = closed, in state and action.",
        f"- **Time:** `timestamp` is frame_index / {rate} exactly, as LeRobot wants. The measured"
        f" instant of each row is `{STAMP}`; its pictures and joint states are of within `{BOUND}` of it.",
        "- **Pictures** belong to their row's trigger; none is repeated, shifted or made up.",
        f"- **Cameras** ({how_known(plan)}): `meta/calibration.json` has each one's `K` for these videos and `K_224`"
        " for pictures resized to 224x224 with padding, its distortion, and where it is, by episode."
        + (" The distortion is undone in the videos." if undistort else ""),
        "- **Missing frames:** a row without all cameras and arms is not delivered"
        f" ({trimmed} trimmed at the ends, {dropped} inside). {_GAPS[gaps]}",
        "- **Language:** `meta/clapboard.json` has each episode's paraphrases, scene, outcome and score, and the steps"
        " of its task by frames, as far as anybody said them.",
        *_leave(plan),
        "- **Source:** `meta/clapboard.json` has the recorded episodes' identities and SHA-256."
        " `meta/stats.json` has exact statistics of the absolute values, not of delta actions.",
    ]


def _leave(plan: Plan) -> list[str]:
    """By whose leave the set may be used."""
    licences = counted(source.grounds.licence for source in plan.sources)
    consents = counted(source.grounds.consent for source in plan.sources)
    at_export = sum(bool(source.grounds.said_at_export) for source in plan.sources)
    said = f" Of {at_export} this was said at the export, not when they were recorded." if at_export else ""
    return [
        f"- **Licence:** {_listed(licences, {'': 'none was given: ask whoever recorded it before you use it'})}."
        + (" Which episode has which: `meta/clapboard.json`." if len(licences) > 1 else ""),
        f"- **Those in the pictures:** {_listed(consents, _CONSENTS)}.{said}",
    ]


def _listed(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """Each in words; with how many recordings, where there is more than one."""
    many = len(counts) > 1
    return "; ".join(f"{words.get(name, name)}{f' ({n} recordings)' if many else ''}" for name, n in counts.items())


def _yaml(value: str | list[str]) -> str:
    """Plain where that is safe, else as JSON, which YAML reads too."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value)


def _without(plan: Plan, damaged: Mapping[str, str]) -> list[str]:
    """Recordings that are not in the set, by name."""
    cut = {path: f"its recording ended as {status}" for path, status in plan.skipped.items()}
    listed = [f"- `{Path(path).name}`: {why}" for path, why in (cut | dict(damaged)).items()]
    return ["", "## Not in the set", *listed] if listed else []
