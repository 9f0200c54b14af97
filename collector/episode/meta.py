"""What a journal says of its episode before the first sample."""

from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from hardware.config import RigConfig

StreamKind = Literal["trigger", "pings", "flashes", "camera", "leader", "arm", "gripper", "command", "base", "drive"]


class StreamMeta(BaseModel):
    """A declared stream. `dtype` is its row type as JSON: [[name, type], [name, type, shape], ...]."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: StreamKind
    dtype: list[Any]

    @cached_property
    def row(self) -> np.dtype[np.void]:
        """The type of a row."""
        return np.dtype([(n, t, *(tuple(s) for s in shape)) for n, t, *shape in self.dtype])


class EpisodeMeta(BaseModel):
    """The metadata record. Keys that are not declared are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    format_version: int
    episode_uuid: str
    utc_anchor_ns: int
    """UTC at `monotonic_anchor_ns`: the episode's one tie to wall time."""
    monotonic_anchor_ns: int
    rig: dict[str, Any]
    task: dict[str, Any] = {}
    streams: dict[str, StreamMeta] = Field(max_length=254)
    provenance: dict[str, Any] = {}
    calibration: dict[str, dict[str, Any]] = {}
    labels: dict[str, Any] = {}
    camera_anchors: dict[str, list[tuple[int, int]]] = {}
    """By camera: FRAME_TIMESTAMP (us) and arrival (ns) of the promptest frame of each second before."""

    @cached_property
    def rig_config(self) -> RigConfig:
        """The rig, typed."""
        return RigConfig.model_validate(self.rig)

    def anchors(self, camera: str) -> NDArray[np.int64]:
        """(K, 2) of a camera: us, ns."""
        return np.array(self.camera_anchors.get(camera, []), np.int64).reshape(-1, 2)
