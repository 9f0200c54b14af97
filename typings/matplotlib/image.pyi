from pathlib import Path
from typing import Any

from numpy.typing import NDArray

def imread(fname: str | Path) -> NDArray[Any]: ...
