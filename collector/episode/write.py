"""Content -> HDF5: raw streams, clocks, self-description; the steps and the ALOHA view are in view.py."""

import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.content import Content
from collector.episode.hdf5 import Sheet
from collector.episode.journal_reader import Gap
from collector.episode.meta import StreamMeta
from collector.episode.restamp import Restamped
from collector.episode.schema import FORMAT, FORMAT_VERSION, is_json
from collector.episode.view import write_steps, write_view
from hardware.samples import TimeSource

_REASON = "S64"
_KIND = "S32"


def write_episode(
    sheet: Sheet, content: Content, verdict: dict[str, Any] | None = None, quality: dict[str, Any] | None = None
) -> None:
    """Fill an empty file; `verdict`: what the gates say of it, `quality`: its figures; None where nobody looked."""
    meta = content.meta
    sheet.set_attrs(
        "/",
        format=FORMAT,
        format_version=FORMAT_VERSION,
        episode_uuid=meta.episode_uuid,
        status=content.status,
        utc_anchor_ns=np.int64(meta.utc_anchor_ns),
        monotonic_anchor_ns=np.int64(meta.monotonic_anchor_ns),
        sim=np.bool_(meta.rig_config.virtual is not None),
        compress=np.bool_(True),
    )
    for name, stream in content.streams.items():
        _write_stream(sheet, content, name, stream)
    sheet.put_rows("clocks/trigger/pings", content.pings)
    sheet.put_rows("clocks/trigger/flashes", content.flashes.rows)
    _write_events(sheet, content)
    write_steps(sheet, content)
    write_view(sheet, content)
    _write_self_description(sheet, content)
    sheet.put_json("sync/verdict", verdict)
    sheet.put_json("quality", quality)
    sheet.put_digests()


def _write_stream(sheet: Sheet, content: Content, name: str, stream: Restamped) -> None:
    path, declared = f"streams/{name}", content.meta.streams[name]
    gaps = content.scan.gaps.get(name, [])
    sheet.put_rows(path, stream.rows)
    sheet.set_attrs(
        path, kind=declared.kind, source=str(stream.source), lost=np.int64(lost_samples(stream, declared, gaps))
    )
    if gaps:
        sheet.put(f"{path}/gaps/t_ns", np.array([g.t_ns for g in gaps], "<i8"))
        sheet.put(f"{path}/gaps/count", np.array([g.count for g in gaps], "<i8"))
        sheet.put(f"{path}/gaps/reason", _texts([g.reason for g in gaps], _REASON))
    sheet.put(f"clocks/{name}/causal_t_ns", stream.causal_t_ns)
    sheet.put(f"clocks/{name}/causal_u_ns", stream.causal_u_ns)
    sheet.set_attrs(f"clocks/{name}", refit_note=stream.note)
    if declared.kind == "camera":
        _write_camera(sheet, content, name)


def lost_samples(stream: Restamped, declared: StreamMeta, gaps: list[Gap]) -> int:
    """Samples that never came: as the recorder marked them, or more where the device's count skips."""
    marked = sum(gap.count for gap in gaps)
    # A bus of servos has no count of its own; the driver's also counts the reads that it tried again.
    if declared.kind not in ("trigger", "camera", "arm") or stream.source is TimeSource.BRACKETED:
        return marked
    skipped = np.diff(stream.rows["seq"]) - 1
    return max(marked, int(skipped[skipped > 0].sum()))


def _write_camera(sheet: Sheet, content: Content, name: str) -> None:
    camera = name.rpartition("/")[2]
    jpegs, config = content.scan.jpegs[name], content.meta.rig_config.cameras[camera]
    match = content.cameras[camera].match
    sheet.put_jpegs(f"streams/{name}/jpeg", jpegs)
    sheet.put(f"streams/{name}/jpeg_bytes", np.array([len(j) for j in jpegs], "<i4"))
    tied = "triggered" if content.meta.rig_config.trigger.mode == "drive" else "slaved"
    sheet.set_attrs(
        f"streams/{name}",
        width=np.int64(config.width),
        height=np.int64(config.height),
        sync_class="timestamped" if match is None else tied,
    )
    sheet.put(f"clocks/{name}/anchors", content.meta.anchors(camera))
    if match is not None:
        edge = np.full_like(match.edge, -1)
        edge[match.edge >= 0] = content.rising[match.edge[match.edge >= 0]]
        sheet.put(f"clocks/{name}/edge", edge)
        sheet.put(f"clocks/{name}/residual_ns", match.residual_ns)
        sheet.put(f"clocks/{name}/t_edge_ns", match.t_edge_ns)
        sheet.put(f"clocks/{name}/u_edge_ns", match.u_edge_ns)
        sheet.set_attrs(f"clocks/{name}", ppm=float(match.ppm))


def _write_events(sheet: Sheet, content: Content) -> None:
    events = content.scan.events
    sheet.put("events/t_ns", np.array([e.t_ns for e in events], "<i8"))
    sheet.put("events/kind", _texts([e.kind for e in events], _KIND))
    sheet.put_json("events/data", [e.data for e in events])


def _write_self_description(sheet: Sheet, content: Content) -> None:
    meta, scan = content.meta, content.scan
    sheet.put_json("sync/certificate", meta.provenance.get("certificate"))
    sheet.put_json("sync/residuals", sync_residuals(content))
    sheet.file.require_group("calibration")
    for camera, entries in meta.calibration.items():
        sheet.file.require_group(f"calibration/{camera}")
        for key, value in entries.items():
            _write_entry(sheet, f"calibration/{camera}", key, value)
    sheet.file.require_group("labels")
    for key, value in content.labels.items():
        path = f"labels/{_name(key)}"
        if isinstance(value, str):
            sheet.put_text(path, value)
        else:
            sheet.put_json(path, value)
            sheet.set_attrs(path, json=np.bool_(True))
    counts = {name: len(rows) for name, rows in scan.rows.items()}
    journal: dict[str, Any] = {
        "end": scan.end,
        "rows_found": counts,
        "torn_tail": scan.torn_tail,
        "segments": scan.segments,
        "damage": [
            {"segment": d.segment, "offset": d.offset, "bytes": d.size, "records": d.records} for d in scan.damage
        ],
    }
    told = meta.model_dump(mode="json", exclude={"camera_anchors", "calibration"})
    sheet.put_json("provenance", told | {"journal": journal})


def sync_residuals(content: Content) -> dict[str, Any]:
    """This episode's own evidence: a stream's p99 bound, a tied camera's rate and residual; ns, ppm."""
    out: dict[str, Any] = {}
    for name, stream in content.streams.items():
        bounds = stream.rows["u_ns"]
        out[name] = {"u_p99_ns": float(np.percentile(bounds, 99)) if len(bounds) else None}
    for name, camera in content.cameras.items():
        if camera.match is not None:
            residual = np.abs(camera.match.residual_ns[camera.match.edge >= 0])
            out[f"cameras/{name}"] |= {
                "ppm": None if np.isnan(camera.match.ppm) else float(camera.match.ppm),
                "residual_p99_ns": float(np.percentile(residual, 99)),
                "without_edge": int(np.count_nonzero(camera.match.edge < 0)),
            }
    return out


def _write_entry(sheet: Sheet, path: str, key: str, value: Any) -> None:
    """Vectors, matrices and whole results as data sets, the rest as attributes; what is neither, as JSON."""
    match value:
        case _ if is_json(f"/{path}/{key}"):
            sheet.put_json(f"{path}/{key}", value)
        case list():
            sheet.put(f"{path}/{key}", np.asarray(value, np.float64))
        case str() | int() | float():
            sheet.set_attrs(path, **{key: value})
        case _:
            sheet.set_attrs(path, **{key: json.dumps(value)})


def _name(key: str) -> str:
    """A label's key as a name in the file: whoever gave it, it must not keep the episode from being sealed."""
    return re.sub(r"[^\w-]", lambda found: f"_{ord(found[0]):x}_", key) or "_"


def _texts(values: list[str], dtype: str) -> NDArray[np.bytes_]:
    width = int(dtype[1:])
    cut = [value.encode(errors="replace")[:width].decode(errors="ignore").encode() for value in values]
    return np.array(cut, dtype)
