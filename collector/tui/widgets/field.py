"""A text that is drawn again only when it has changed."""

from textual.content import Content
from textual.widgets import Static


class Field(Static):
    """Ten times a second is told the same: that costs a comparison, no layout. `fades`: takes no room while empty."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, fades: bool = False) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._told = Content()
        self._fades = fades
        if fades:
            self.display = False

    def tell(self, text: Content | str) -> None:
        """What it is to say; a box whose height is its own is measured again where the lines became more or fewer."""
        content = Content(text) if isinstance(text, str) else text
        if content.is_same(self._told):
            return
        self._told = content
        if self._fades:
            self.display = bool(len(content))
        self.update(content, layout=self.styles.height is not None and self.styles.height.is_auto)
