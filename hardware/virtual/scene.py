"""What each virtual camera sees: exact for its intrinsics and pose, and cheap enough for 3 x 60 a second."""

from collections.abc import Mapping

from hardware.arms.kinematics import Matrix
from hardware.config import RigConfig
from hardware.virtual import cell, scene_board
from hardware.virtual.scene_backdrop import Backdrop, FixedBackdrop, MovingBackdrop
from hardware.virtual.scene_board import BoardPainter
from hardware.virtual.scene_figure import Figure
from hardware.virtual.scene_paint import Picture, Region, View, around, view_from
from hardware.virtual.world import FollowerState

_BACKDROP_SEED = 7  # the furniture is the same in every run


class Scene:
    """One camera's view of the followers at work. Not for two threads at once."""

    def __init__(self, rig: RigConfig, camera: str) -> None:
        config = rig.cameras[camera]
        layout = cell.layout(rig)
        self._size = config.width, config.height
        self._K = cell.intrinsics(rig, camera)
        self._mount = cell.mount(rig, camera)
        self._figures = {name: Figure(place) for name, place in layout.places.items()}
        self._board = BoardPainter(*self._size, seed=_BACKDROP_SEED)
        self._view = view_from(self._K, self._mount.pose)
        self._backdrop: Backdrop
        if self._mount.follower is None:
            self._backdrop = FixedBackdrop(layout, self._K, self._mount.pose, *self._size, _BACKDROP_SEED)
        else:
            self._backdrop = MovingBackdrop(layout, *self._size, _BACKDROP_SEED)

    def render(
        self,
        picture: Picture,
        stale: Region | None,
        states: Mapping[str, FollowerState],
        led: float,
        board: Matrix | None = None,
    ) -> Region:
        """Paint `picture`, (H, W, 3) RGB; returns the region to give as `stale` when it is painted anew.

        `stale`: None when `picture` holds no earlier picture of this scene.
        `states`: of each follower by name; one that has none stands at home without a cube.
        `led`: how bright the box's LED is, 0 dark .. 1 lit all through the exposure; noise may lead beyond.
        `board`: T_world_board (4, 4) of cell.HELD_BOARD, if somebody has it.
        """
        width, height = self._size
        frames = {name: figure.frames(states.get(name)) for name, figure in self._figures.items()}
        view = self._view
        if self._mount.follower is not None:
            flange = self._figures[self._mount.follower].flange(frames[self._mount.follower])
            view = view_from(self._K, flange @ self._mount.pose)
        sights = [
            self._figures[name].look(frames[name], cube=name in states, view=view, width=width, height=height)
            for name in self._far_to_near(view)
        ]
        self._backdrop.paint(picture, stale, view, [sight.solids for sight in sights], led=led)
        plate = None if board is None else scene_board.look(view, board, width, height)
        if plate is not None and plate.is_behind:
            self._board.paint(picture, plate)
        for sight in sights:
            sight.paint(picture)
        if plate is not None and not plate.is_behind:  # as held or gripped: nothing is between it and the camera
            self._board.paint(picture, plate)
        return around(*(sight.covered for sight in sights), *([plate.region] if plate else []))

    def _far_to_near(self, view: View) -> list[str]:
        """The followers, so that a nearer one is drawn over those behind it."""
        if len(self._figures) < 2:
            return list(self._figures)
        away = {name: float(view.matrix[2] @ figure.place.base[:, 3]) for name, figure in self._figures.items()}
        order = sorted(away, key=lambda name: -away[name])
        if self._mount.follower is not None:  # its own hand is before its lens
            order.remove(self._mount.follower)
            order.append(self._mount.follower)
        return order
