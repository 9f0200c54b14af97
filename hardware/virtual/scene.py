"""What each virtual camera sees: exact for its intrinsics and pose, and cheap enough for 3 x 60 a second."""

import numpy as np
from numpy.typing import NDArray

from hardware.config import RigConfig
from hardware.virtual import cell, kinematics, scene_body
from hardware.virtual.scene_backdrop import Backdrop, FixedBackdrop, MovingBackdrop
from hardware.virtual.scene_paint import paint, place, view_from
from hardware.virtual.world import FollowerState

_BACKDROP_SEED = 7  # the furniture is the same in every run
_OPEN_M = 0.08


class Scene:
    """One camera's view of the first follower at work. Not for use from two threads at once."""

    def __init__(self, rig: RigConfig, camera: str) -> None:
        config = rig.cameras[camera]
        self._K = cell.intrinsics(rig, camera)
        self._mount = cell.mount(rig, camera)
        self._base = cell.follower_base(rig, next(iter(rig.followers)))
        self._picture = np.empty((config.height, config.width, 3), dtype=np.uint8)
        self._links = scene_body.links()
        self._hand, self._hand_and_cube = scene_body.boxes(cube=False), scene_body.boxes(cube=True)
        self._backdrop: Backdrop
        if self._mount.on_flange:
            self._backdrop = MovingBackdrop(config.width, config.height, _BACKDROP_SEED)
        else:
            view = view_from(self._K, self._mount.pose)
            self._backdrop = FixedBackdrop(view, config.width, config.height, _BACKDROP_SEED)

    def render(self, state: FollowerState | None, led: bool) -> NDArray[np.uint8]:
        """The picture, (H, W, 3) RGB, in a buffer that the next call overwrites: copy it out.

        `state`: of the first follower; None: it stands at home and there is no cube.
        `led`: the box's LED is lit.
        """
        if state is None:
            frames = scene_body.frames(self._base, kinematics.HOME, _OPEN_M, None)
        else:
            frames = scene_body.frames(self._base, state.q, state.width, state.object_xyz)
        solids = place(self._links, self._hand if state is None else self._hand_and_cube, frames)
        pose = frames[8] @ self._mount.pose if self._mount.on_flange else self._mount.pose
        view = view_from(self._K, pose)
        self._backdrop.paint(self._picture, view, solids, led=led)
        paint(self._picture, view, solids)
        return self._picture
