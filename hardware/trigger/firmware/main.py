"""What the chip runs after power-up; lies at the root of its flash, beside the package `firmware`."""

from firmware.serve import serve  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

serve()
