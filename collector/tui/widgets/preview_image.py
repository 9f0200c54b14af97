"""A camera's picture as the terminal's own graphics, where it has them: sixels, or kitty's."""

from typing import ClassVar, Literal

from PIL import Image
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static
from textual_image.widget import TGPImage

from collector.live import Live
from collector.tui.widgets.preview_cells import Pixels
from collector.tui.widgets.preview_look import STALE_S, Look, age_text
from collector.tui.widgets.sixel_picture import SixelPicture


class ImagePreview(Vertical):
    """Its caption says how old the picture is, or why there is none."""

    DEFAULT_CSS: ClassVar[str] = """
    ImagePreview { width: 1fr; height: 1fr; }
    ImagePreview > Static { height: 1; text-style: bold; }
    ImagePreview > Static.stale { background: $error; color: $text; }
    ImagePreview > .picture { width: auto; height: 1fr; }
    ImagePreview > SixelPicture.picture { width: 1fr; }
    """

    def __init__(self, camera: str, graphics: Literal["sixel", "kitty"], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.camera = camera
        self._newest = Look(camera)
        self._image = TGPImage(classes="picture") if graphics == "kitty" else SixelPicture(classes="picture")
        self._caption = Static(camera)
        self._said = camera
        self._any = False

    def compose(self) -> ComposeResult:
        """The caption above the picture."""
        yield self._caption
        yield self._image

    def look(self, live: Live, now_ns: int, *, draw: bool = True) -> None:
        """Show the newest there is; without `draw` only how old it is by now."""
        seen = self._newest.at(live, now_ns, draw=draw)
        if seen is None:
            return self._forget()
        if seen.rgb is not None:
            self.show(seen.rgb)
        self.grow_old(seen.age_s)

    def show(self, rgb: Pixels) -> None:
        """A picture, (h, w, 3) RGB."""
        self._any = True
        self._put(rgb)

    def grow_old(self, age_s: float) -> None:
        """Nothing new came."""
        stale = age_s > STALE_S
        self._tell(f"{self.camera} {age_text(age_s)} old" if stale else self.camera, stale)

    def say(self, why: str) -> None:
        """Why there is no picture; shown until there is one."""
        if not self._any:
            self._tell(f"{self.camera}: {why}", False)

    def _forget(self) -> None:
        """Another daemon runs the rig, and has no picture yet."""
        if self._any:
            self._any = False
            self._put(None)

    def _put(self, rgb: Pixels | None) -> None:
        match self._image:
            case SixelPicture() as picture:
                picture.show(rgb)
            case TGPImage() as picture:
                picture.image = None if rgb is None else Image.fromarray(rgb)

    def _tell(self, words: str, stale: bool) -> None:
        if words != self._said:
            self._said = words
            self._caption.update(words)
            self._caption.set_class(stale, "stale")
