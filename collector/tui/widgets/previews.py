"""The cameras' pictures side by side; where there is room for one only, one, and a key for the next."""

import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal

from collector.live import Live
from collector.remote_status import Status
from collector.session import State
from collector.tui.widgets.pace import Pace
from collector.tui.widgets.preview import Preview
from collector.tui.widgets.preview_terminal import Graphics
from hardware.samples import monotonic_ns

if TYPE_CHECKING:
    from collector.tui.widgets.preview_image import ImagePreview

_HALF_S: Final = 0.0  # as often as they are looked at
_FINE_S: Final = 0.35  # a terminal's own graphics take three times the work, and ten times the output


class Previews(Horizontal):
    """One a camera, in the graphics that the terminal has, as often as CPU allows. `-single`: only one is shown."""

    DEFAULT_CSS: ClassVar[str] = """
    Previews .preview { margin-right: 1; }
    Previews.-single .preview { display: none; margin-right: 0; }
    Previews.-single .preview.-picked { display: block; }
    """

    def __init__(self, graphics: Graphics = "half", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._graphics: Graphics = graphics
        self._previews: list[Preview | ImagePreview] = []
        self._picked = 0
        self._pace = Pace(_HALF_S if graphics == "half" else _FINE_S)

    def attend(self, cameras: tuple[str, ...]) -> None:
        """These are the cameras from now on."""
        if cameras == tuple(preview.camera for preview in self._previews):
            return
        self._previews, self._picked = [self._preview(name) for name in cameras], 0
        self.remove_children()
        self.mount(*self._previews)
        self._pick()

    def look(self, live: Live) -> None:
        """Show what is new of those in sight."""
        now_ns = monotonic_ns()
        draw = self._pace.due(now_ns * 1e-9, time.process_time())
        for preview in self._previews:
            if preview.display:
                preview.look(live, now_ns, draw=draw)

    def explain(self, status: Status) -> None:
        """Why a camera shows nothing."""
        for preview in self._previews:
            preview.say(absence(status, preview.camera))

    def turn(self) -> None:
        """The next camera, where one is shown."""
        self._picked = (self._picked + 1) % max(len(self._previews), 1)
        self._pick()

    def _pick(self) -> None:
        for at, preview in enumerate(self._previews):
            preview.set_class(at == self._picked, "-picked")

    def _preview(self, camera: str) -> "Preview | ImagePreview":
        if self._graphics == "half":
            return Preview(camera, classes="preview")
        from collector.tui.widgets.preview_image import ImagePreview  # asks the terminal: only where it answers

        return ImagePreview(camera, self._graphics, classes="preview")


def absence(status: Status, camera: str) -> str:
    """Why a camera shows nothing, and what to do. Pure."""
    capture = status.processes.get("capture")
    if status.state is State.FAULT and status.fault is not None and status.fault.device == f"cameras.{camera}":
        return status.fault.message
    if capture is None or (capture["alive"] and not capture["ready"]):
        return "the cameras are starting"
    if not capture["alive"]:
        return "the capture process has ended; reset starts it again"
    return "no picture yet"
