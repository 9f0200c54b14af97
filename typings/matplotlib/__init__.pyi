"""The part of matplotlib 3.10 in use: figures without pyplot, saved as SVG."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

def rc_context(rc: Mapping[str, object] | None = None) -> AbstractContextManager[None]: ...
