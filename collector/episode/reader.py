"""Reads a sealed episode: needs numpy, h5py and a JPEG decoder, and no device."""

import json
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from collector.episode.calibrated import read_calibration
from collector.episode.foreign import NotAnEpisode as NotAnEpisode
from collector.episode.foreign import attributes, damage_named, read, read_text, read_texts, require_file
from collector.episode.images import require_jpeg
from collector.episode.labelled import Labelled, labelled
from collector.episode.schema import FORMAT, FORMAT_VERSION
from collector.labels import sidecar

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Episode:
    """An open episode; a context manager. Arrays are read when first asked for, then kept.

    Raises NotAnEpisode.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        require_file(path)
        try:
            self._file = h5py.File(path)
        except OSError as error:
            raise NotAnEpisode(f"{path} is no HDF5 file that can be read ({error}); choose an episode") from error
        try:
            self._read_head()
        except BaseException:
            self._file.close()
            raise

    def _read_head(self) -> None:
        with damage_named(self.path):
            told = attributes(self._file)
            found = {name: told[name][1] for name in ("format", "format_version") if name in told}
            if found.get("format") != FORMAT or not 1 <= int(found["format_version"]) <= FORMAT_VERSION:
                holds = f"{found.get('format')} {found.get('format_version')}"
                raise NotAnEpisode(
                    f"{self.path} holds {holds}, this version reads {FORMAT} up to {FORMAT_VERSION};"
                    " upgrade clapboard or choose another file"
                )
            self.format_version = int(found["format_version"])
            self.uuid = str(told["episode_uuid"][1])
            self.status = str(told["status"][1])
            self.utc_anchor_ns = int(told["utc_anchor_ns"][1])
            self.monotonic_anchor_ns = int(told["monotonic_anchor_ns"][1])

    def __enter__(self) -> "Episode":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was read stays."""
        self._file.close()

    # -- what it is --------------------------------------------------------------------------------

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """The journal's metadata and what was found in it."""
        return json.loads(self._text("provenance"))

    @property
    def rig(self) -> dict[str, Any]:
        """The rig's configuration."""
        return self.provenance["rig"]

    @property
    def operator(self) -> str:
        """Pseudonym of who recorded it; empty where nobody was named."""
        return str(self.provenance["provenance"].get("operator") or "")

    @cached_property
    def recorded_labels(self) -> dict[str, Any]:
        """What this file alone says, as it was sealed; `history` as it is stored."""
        return read_texts(self._file["labels"])

    @cached_property
    def labelled(self) -> Labelled:
        """What it is labelled by now, where each label is from, and all that was ever said."""
        beside, ahead_ns = sidecar.read(self.path, self.uuid), self.utc_anchor_ns - self.monotonic_anchor_ns
        return labelled(self.recorded_labels, beside, self.operator, ahead_ns)

    @property
    def labels(self) -> dict[str, Any]:
        """Instruction, steps, outcome, score, ... after all that was said in this file and beside it; `history`."""
        return {**self.labelled.labels, "history": [said.to_dict() for said in self.labelled.history]}

    @property
    def instruction(self) -> str:
        """What the operator was asked to do; empty when nothing was said."""
        return str(self.labelled.labels.get("instruction", ""))

    @cached_property
    def cameras(self) -> tuple[str, ...]:
        """Names, in the order of /compress_len."""
        return tuple(str(name) for name in self._file["compress_len"].attrs["names"])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the D columns of qpos and action: the arms' joints and grippers, then the bases' velocities."""
        return tuple(str(name) for name in self._file["steps/requested"].attrs["names"])

    @cached_property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the J columns of qvel and effort: the arms' joints and grippers."""
        return tuple(str(name) for name in self._file["observations/qpos"].attrs["names"])

    @cached_property
    def calibration(self) -> dict[str, dict[str, Any]]:
        """By camera, see `read_calibration`; older files, and cameras of which nothing was known, have none."""
        return read_calibration(self._file["calibration"])

    # -- the steps ---------------------------------------------------------------------------------

    @cached_property
    def steps(self) -> dict[str, Array]:
        """(T,) each: t_ns, edge_seq, bound_ns, valid; requested, sent, measured (T, D)."""
        return self._columns("steps")

    @property
    def t_ns(self) -> Ints:
        """(T,) instants of the steps."""
        return self.steps["t_ns"]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(T,) all cameras, arms and actions are there."""
        return self.steps["valid"].astype(np.bool_)

    @cached_property
    def qpos(self) -> Floats:
        """(T, D) measured state: rad, m; of a base m/s, rad/s; NaN where invalid."""
        return self.steps["measured"]

    @cached_property
    def qvel(self) -> Floats:
        """(T, J) rad/s, m/s."""
        return read(self._file["observations/qvel"])

    @cached_property
    def effort(self) -> Floats:
        """(T, J) Nm; NaN for grippers (not measured)."""
        return read(self._file["observations/effort"])

    @cached_property
    def wrench(self) -> Floats:
        """(T, 6 arms) N, Nm."""
        return read(self._file["observations/wrench"])

    @cached_property
    def ee_pose(self) -> Floats:
        """(T, 7 arms) xyz m, quaternion xyzw."""
        return read(self._file["observations/ee_pose"])

    @cached_property
    def action(self) -> Floats:
        """(T, D) what the robot had last been told: rad, m; a base m/s, rad/s."""
        return self.steps["sent"]

    # -- pictures ----------------------------------------------------------------------------------

    def frame_index(self, camera: str) -> Ints:
        """(T,) frame of each step in /streams/cameras/<camera>, -1 where it is missing."""
        return self._camera(camera)["frame"]

    def offset_ns(self, camera: str) -> Ints:
        """(T,) mid-exposure minus the step's instant."""
        return self._camera(camera)["offset_ns"]

    def jpeg(self, camera: str, step: int) -> bytes | None:
        """The JPEG of a step as it was recorded; None where the camera missed it."""
        frame = int(self.frame_index(camera)[step])
        return None if frame < 0 else self.frame_jpeg(camera, frame)

    def image(self, camera: str, step: int) -> NDArray[np.uint8] | None:
        """(H, W, 3) RGB of a step; None where the camera missed it. Raises ValueError where it is no such JPEG."""
        jpeg = self.jpeg(camera, step)
        if jpeg is None:
            return None
        require_jpeg(jpeg, self.shape(camera))
        return simplejpeg.decode_jpeg(jpeg, colorspace="RGB")

    def shape(self, camera: str) -> tuple[int, int]:
        """(height, width) of a camera's pictures."""
        attrs = self._file[f"streams/cameras/{camera}"].attrs
        return int(attrs["height"]), int(attrs["width"])

    def frame_jpeg(self, camera: str, row: int) -> bytes:
        """The JPEG of a row of /streams/cameras/<camera>."""
        return self._file[f"streams/cameras/{camera}/jpeg"][row, : int(self._sizes[camera][row])].tobytes()

    # -- raw streams -------------------------------------------------------------------------------

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """Names of the raw streams: trigger, cameras/front, arms/right, ..."""
        return tuple(sorted(self._stream_names(self._file["streams"], "")))

    def stream(self, name: str) -> dict[str, Array]:
        """A raw stream's columns at native rate (t_ns, u_ns, ticks, t_arrival_ns, seq, fields); no JPEGs."""
        group: h5py.Group = self._file[f"streams/{name}"]
        return {
            field: read(group[field]) for field in group if field != "jpeg" and isinstance(group[field], h5py.Dataset)
        }

    def rows(self, name: str) -> int:
        """How many rows a raw stream has."""
        return len(self._file[f"streams/{name}/t_ns"])

    def stream_attrs(self, name: str) -> dict[str, Any]:
        """kind, source, lost, and of a camera sync_class, width, height."""
        return dict(self._file[f"streams/{name}"].attrs.items())

    def gaps(self, name: str) -> dict[str, Array]:
        """Counted losses of a stream: t_ns, count, reason; empty without any."""
        return self._columns(f"streams/{name}/gaps")

    @cached_property
    def sync_residuals(self) -> dict[str, Any]:
        """This episode's own evidence, a stream: p99 bound, rate, residual against the edges."""
        return json.loads(self._text("sync/residuals"))

    @cached_property
    def quality(self) -> dict[str, Any] | None:
        """Figures by name (collector.quality); None in files from before they were kept."""
        return json.loads(self._text("quality")) if "quality" in self._file else None

    @cached_property
    def certificate(self) -> dict[str, Any] | None:
        """The self-test under which it was recorded; None without one."""
        return json.loads(self._text("sync/certificate"))

    @cached_property
    def verdict(self) -> dict[str, Any] | None:
        """What the gates said of this episode when it was sealed; None where nobody judged."""
        return json.loads(self._text("sync/verdict")) if "sync/verdict" in self._file else None

    @property
    def pings(self) -> dict[str, Array]:
        """(P,) columns of the box's clock pings."""
        return self._columns("clocks/trigger/pings")

    @property
    def flashes(self) -> dict[str, Array]:
        """(W,) columns of the LED's flashes; empty in episodes without."""
        return self._columns("clocks/trigger/flashes")

    def clock(self, name: str) -> dict[str, Array]:
        """What /clocks keeps of a stream: causal stamps; of a camera its edges, residuals and anchors."""
        return self._columns(f"clocks/{name}")

    def refit_note(self, name: str) -> str:
        """Why a stream kept its causal stamps, or is not tied to the edges; empty otherwise."""
        return str(self._file[f"clocks/{name}"].attrs.get("refit_note", ""))

    def _columns(self, path: str) -> dict[str, Array]:
        if path not in self._file:
            return {}
        group: h5py.Group = self._file[path]
        return {field: read(group[field]) for field in group if isinstance(group[field], h5py.Dataset)}

    def _camera(self, name: str) -> dict[str, Array]:
        if name not in self.cameras:
            raise KeyError(f"{self.path} has no camera {name!r}; it has {', '.join(self.cameras)}")
        return self._camera_steps[name]

    @cached_property
    def _camera_steps(self) -> dict[str, dict[str, Array]]:
        return {name: self._columns(f"steps/cameras/{name}") for name in self.cameras}

    @cached_property
    def _sizes(self) -> dict[str, Array]:
        return {n: read(self._file[f"streams/cameras/{n}/jpeg_bytes"]) for n in self.cameras}

    def _text(self, path: str) -> str:
        return read_text(self._file[path])

    def _stream_names(self, group: h5py.Group, prefix: str) -> list[str]:
        if "t_ns" in group:
            return [prefix]
        return [found for name in group for found in self._stream_names(group[name], f"{prefix}/{name}".strip("/"))]
