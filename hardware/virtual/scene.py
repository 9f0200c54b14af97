"""What each virtual camera sees: exact for its intrinsics and pose, and cheap enough for 3 x 60 a second."""

from hardware.config import RigConfig
from hardware.virtual import cell, kinematics, scene_body
from hardware.virtual.scene_backdrop import Backdrop, FixedBackdrop, MovingBackdrop
from hardware.virtual.scene_paint import Picture, Region, around, view_from
from hardware.virtual.scene_solids import look
from hardware.virtual.scene_tag import TagPrints
from hardware.virtual.world import FollowerState

_BACKDROP_SEED = 7  # the furniture is the same in every run
_OPEN_M = 0.08


class Scene:
    """One camera's view of the first follower, whose base is the world, at work. Not for two threads at once."""

    def __init__(self, rig: RigConfig, camera: str) -> None:
        config = rig.cameras[camera]
        self._size = config.width, config.height
        self._K = cell.intrinsics(rig, camera)
        self._mount = cell.mount(rig, camera)
        self._arm, self._arm_and_cube = scene_body.solids(cube=False), scene_body.solids(cube=True)
        self._tags = TagPrints()
        self._view = view_from(self._K, self._mount.pose)
        self._backdrop: Backdrop
        if self._mount.on_flange:
            self._backdrop = MovingBackdrop(*self._size, _BACKDROP_SEED)
        else:
            self._backdrop = FixedBackdrop(self._K, self._mount.pose, *self._size, _BACKDROP_SEED)

    def render(self, picture: Picture, stale: Region | None, state: FollowerState | None, led: float) -> Region:
        """Paint `picture`, (H, W, 3) RGB; returns the region to give as `stale` when it is painted anew.

        `stale`: None when `picture` holds no earlier picture of this scene.
        `state`: of the first follower; None: it stands at home and there is no cube.
        `led`: how bright the box's LED is, 0 dark .. 1 lit all through the exposure; noise may lead beyond.
        """
        if state is None:
            solids, frames = self._arm, scene_body.frames(kinematics.HOME, _OPEN_M, None)
        else:
            solids, frames = self._arm_and_cube, scene_body.frames(state.q, state.width, state.object_xyz)
        view = view_from(self._K, frames[8] @ self._mount.pose) if self._mount.on_flange else self._view
        sight = look(solids, frames, view, *self._size)
        self._backdrop.paint(picture, stale, view, sight, led=led)
        tags = self._tags.look(view, frames[scene_body.TAG_FRAMES], *self._size)
        # The plates stand off from the hand: a face is before all else, a back behind the hand.
        for tag in tags:
            if not tag.faces_us:
                tag.paint(picture)
        sight.paint(picture)
        for tag in tags:
            if tag.faces_us:
                tag.paint(picture)
        return around(sight.covered, *(tag.region for tag in tags))
