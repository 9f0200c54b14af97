"""A follower as a camera sees it: its body, its cube, the tags on its hand, all where its state says."""

from dataclasses import dataclass

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.virtual import scene_body
from hardware.virtual.cell import Place
from hardware.virtual.scene_paint import Picture, Region, View, around
from hardware.virtual.scene_solids import Sight, Solids, look
from hardware.virtual.scene_tag import TagPrints, TagSight
from hardware.virtual.world import FollowerState


@dataclass(frozen=True, slots=True)
class FigureSight:
    """What a picture shows of a follower."""

    solids: Sight
    tags: list[TagSight]

    @property
    def covered(self) -> Region:
        """The part of the picture that it may cover."""
        return around(self.solids.covered, *(tag.region for tag in self.tags))

    def paint(self, picture: Picture) -> None:
        """Draw it in place. The plates stand off from the hand: a face is before it, a back behind it."""
        for tag in self.tags:
            if not tag.faces_us:
                tag.paint(picture)
        self.solids.paint(picture)
        for tag in self.tags:
            if tag.faces_us:
                tag.paint(picture)


class Figure:
    """One follower. Its frames are those of its body, then its tags', then the cube's."""

    def __init__(self, place: Place) -> None:
        body = scene_body.body(place.station.model.name)
        self.place = place
        self._links = place.station.model.joints + 2
        hand = place.station.hand
        self._on_flange = np.stack([hand, hand, hand, *(tag.pose for tag in place.hand_tags)])
        self._left, self._right = self._links + 1, self._links + 2
        self._cube = self._links + len(self._on_flange)
        self._tags = slice(self._links + 3, self._cube)
        self._alone = Solids(body.links, body.boxes)
        self._with_cube = Solids(body.links, (*body.boxes, scene_body.cube(self._cube)))
        self._prints = TagPrints(tuple(tag.id for tag in place.hand_tags))

    def frames(self, state: FollowerState | None) -> Matrix:
        """Poses (k, 4, 4) in the world of all that it consists of; without a state it stands at home."""
        station = self.place.station
        q, width = (station.model.home, station.open) if state is None else (state.q, state.width)
        poses = np.empty((self._cube + 1, 4, 4))
        poses[: self._links] = station.model.frames(q)
        poses[self._links : self._cube] = poses[self._links - 1] @ self._on_flange
        aside = poses[self._links, :3, 1] * (width / 2)
        poses[self._left, :3, 3] += aside
        poses[self._right, :3, 3] -= aside
        poses[self._cube] = np.eye(4)
        if state is not None:
            poses[self._cube, :3, 3] = state.object_xyz
        return self.place.base @ poses

    def flange(self, frames: Matrix) -> Matrix:
        """The flange's pose (4, 4) among `frames`."""
        return frames[self._links - 1]

    def look(self, frames: Matrix, *, cube: bool, view: View, width: int, height: int) -> FigureSight:
        """What a picture of this size shows of it."""
        solids = self._with_cube if cube else self._alone
        return FigureSight(
            look(solids, frames, view, width, height), self._prints.look(view, frames[self._tags], width, height)
        )
