"""One serial bus of Dynamixel X servos on the official SDK: what leaders, followers and bases share.

Registers are read and written with answers and retries; states are read from all servos at once by Fast
Sync Read, with bounds of the instants at which they were latched; goals are sync written without answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hardware.arms.control_table import (
    FIRMWARE_VERSION,
    HARDWARE_ERROR_STATUS,
    HARDWARE_ERRORS,
    RETURN_DELAY_TIME,
    SECONDARY_ID,
    TORQUE_ENABLE,
)
from hardware.arms.dynamixel_wire import DynamixelWire
from hardware.arms.servo_models import MODELS, Register
from hardware.interfaces import DeviceError, DeviceRefused, DeviceTimeout
from hardware.samples import Stamp, TimeSource, monotonic_ns

_READ_MARGIN_MS = 40.0  # beyond the wire time: latency timer 1 ms, the rest for a busy host; HOLD comes at 50
_LENGTHS = 4
_TOO_FAST = 3 * _LENGTHS
_REGISTERS = {m.name: {row.address: row for row in m.registers} for m in MODELS.values()}


@dataclass(frozen=True, slots=True)
class Reading:
    """One block of registers of each servo, in the order asked, and when they were latched.

    `t_lo_ns`..`t_hi_ns` holds the latch of every servo that counts, `t_ns` is the likely instant. `seq`: how many
    reads of this address the bus has sent before, answered or not. Each of `blocks` may be a few bytes longer
    than asked.
    """

    seq: int
    t_ns: int
    t_lo_ns: int
    t_hi_ns: int
    blocks: list[bytes]

    def stamp(self, ticks: int) -> Stamp:
        """The stamp of a sample made from it; ticks: of the device's clock, unwrapped."""
        u_ns = max(self.t_ns - self.t_lo_ns, self.t_hi_ns - self.t_ns)
        return Stamp(self.t_ns, u_ns, ticks, monotonic_ns(), self.seq, TimeSource.BRACKETED)


class DynamixelBus:
    """Open from construction on. `name` is the device in errors; `usb_out_us` the adapter's typical delay out.

    Raises DeviceLost when the port cannot be opened or goes away, DeviceRefused for a baud rate that is none.
    """

    def __init__(self, name: str, port: str, baud: int, retries: int, usb_out_us: float) -> None:
        self._name, self._path, self._baud = name, port, baud
        self._tries, self._usb_out_ns = retries + 1, round(usb_out_us * 1e3)
        self._rows: dict[int, dict[int, Register]] = {}
        self._sent: Counter[int] = Counter()
        self._retries = self._failures = self._too_fast = 0
        self._wire = DynamixelWire(name, port, baud, self._tries)

    @property
    def retries(self) -> int:
        """Reads of states that were tried again so far."""
        return self._retries

    @property
    def alerts(self) -> tuple[int, ...]:
        """Servos whose part of the last whole answer to a fast read carried the alert bit (a hardware error)."""
        return self._wire.alerts

    @property
    def t_sent_ns(self) -> int:
        """When the last instruction was sent, host ns: each one feeds the servos' Bus Watchdog."""
        return self._wire.port.t_write_ns

    @property
    def options(self) -> dict[str, str]:
        """Baud rate and adapter, for DeviceInfo."""
        return {
            "baud": str(self._baud),
            "return_delay_us": "0",
            "low_latency": "on" if self._wire.port.low_latency else "not supported by the adapter",
        }

    @property
    def adapter(self) -> str:
        """Servos have no serial number; the name that udev gives the adapter's port holds the adapter's."""
        path = Path(self._path)
        return path.name if path.parent.name == "by-id" else ""

    def close(self) -> None:
        """Release the port."""
        if self._wire.port.is_open:
            self._wire.port.closePort()

    # -- the servos --------------------------------------------------------------------------------

    def check(
        self, models: Mapping[int, str], shadows: Mapping[int, int] | None = None, *, holding: bool = False
    ) -> str:
        """Find out whether every servo is what the rig file says; all firmware versions, comma separated.

        models: ID -> model name, shadows among them; shadows: ID -> ID of the servo whose goals it obeys too. Each
        must answer, be of its model, have no hardware error and know Fast Sync Read; Return Delay Time is set to 0.
        holding: the servos may carry an arm, so none with torque is let go; a hardware error may wait for `reboot`.
        Raises DeviceTimeout, DeviceRefused.
        """
        self._rows = {id: _REGISTERS[model] for id, model in models.items()}
        firmware = {self._check(id, model, holding) for id, model in models.items()}
        for id, leads in (shadows or {}).items():
            if (obeys := self.read(id, SECONDARY_ID)) != leads:
                raise DeviceRefused(
                    self._name,
                    f"servo {id} should obey servo {leads} too, but its Secondary ID is {obeys};"
                    " set it with DYNAMIXEL Wizard or correct `shadows`",
                )
        self._wire.port.margin_ms = _READ_MARGIN_MS
        return ",".join(map(str, sorted(firmware)))

    def _check(self, id: int, name: str, holding: bool) -> int:
        model = MODELS[name]
        number = self._wire.ask(id, "PING", lambda: self._wire.sdk.ping(self._wire.port, id))
        if number != model.number:
            known = next((m.name for m in MODELS.values() if m.number == number), "unknown to Clapboard")
            raise DeviceRefused(
                self._name,
                f"servo {id} has model number {number} ({known}), wanted {model.number}"
                f" ({model.name}); correct `model` or the servo's ID",
            )
        if (bits := self.read(id, HARDWARE_ERROR_STATUS)) and not holding:
            raise DeviceRefused(
                self._name,
                f"servo {id} reports a hardware error ({hardware_errors(bits)}); remove its cause and repower it",
            )
        firmware = self.read(id, FIRMWARE_VERSION)
        if firmware < model.fast_read_firmware:
            raise DeviceRefused(
                self._name,
                f"servo {id} has firmware {firmware}, Fast Sync Read needs {model.fast_read_firmware};"
                " update it with DYNAMIXEL Wizard",
            )
        if self.read(id, RETURN_DELAY_TIME) != 0:
            if holding and self.read(id, TORQUE_ENABLE):
                raise DeviceRefused(
                    self._name,
                    f"servo {id} holds the arm, and its Return Delay Time must change to 0 first; support the arm,"
                    " switch its power off and on, then try again",
                )
            self.configure(id, RETURN_DELAY_TIME, 0)
            if delay := self.read(id, RETURN_DELAY_TIME):
                raise DeviceRefused(
                    self._name,
                    f"servo {id} keeps Return Delay Time at {2 * delay} us on {self._path};"
                    " set it to 0 with DYNAMIXEL Wizard",
                )
        return firmware

    # -- registers ---------------------------------------------------------------------------------

    def read(self, id: int, address: int) -> int:
        """One register of a servo that was checked. Raises DeviceTimeout, DeviceRefused."""
        row = self._rows[id][address]
        wire = self._wire
        data = wire.ask(id, f"READ {address}", lambda: wire.sdk.readTxRx(wire.port, id, address, row.size))
        return int.from_bytes(bytes(data), "little", signed=row.low < 0)

    def write(self, id: int, address: int, value: int) -> None:
        """One register of a servo that was checked. Raises DeviceTimeout, DeviceRefused."""
        wire, size = self._wire, self._rows[id][address].size
        data = list((value % (1 << 8 * size)).to_bytes(size, "little"))

        def write() -> tuple[None, int, int]:
            return None, *wire.sdk.writeTxRx(wire.port, id, address, size, data)

        wire.ask(id, f"WRITE {address}", write)

    def reboot(self, id: int) -> None:
        """Start a servo anew: it clears a hardware error, drops its torque, and is silent for a moment."""
        wire = self._wire

        def reboot() -> tuple[None, int, int]:
            return None, *wire.sdk.reboot(wire.port, id)

        wire.ask(id, "REBOOT", reboot)

    def configure(self, id: int, address: int, value: int) -> None:
        """A register of the EEPROM, which wears out: only if it differs; the servo's torque is off afterwards."""
        if self.read(id, address) != value:
            self.write(id, TORQUE_ENABLE, 0)  # with torque on, the EEPROM is locked
            self.write(id, address, value)

    def sync_write(self, address: int, values: Mapping[int, bytes]) -> None:
        """Registers from `address` on, of several servos at once (ID -> bytes, all of one length), without answers."""
        length = len(next(iter(values.values())))
        params = [byte for id, data in values.items() for byte in (id, *data)]
        wire = self._wire
        wire.guarded(lambda: wire.sdk.syncWriteTxOnly(wire.port, address, length, params, len(params)))

    # -- states ------------------------------------------------------------------------------------

    def read_state(self, ids: Sequence[int], address: int, length: int, joints: int | None = None) -> Reading:
        """`read_block` with the configured retries. Raises DeviceTimeout, DeviceLost."""
        for attempt in range(self._tries):
            self._retries += attempt > 0
            if reading := self.read_block(ids, address, length, joints):
                return reading
        raise DeviceTimeout(
            self._name,
            f"no valid answer from servos {list(ids)} in {self._tries} tries; check its power and its bus cable",
        )

    def read_block(self, ids: Sequence[int], address: int, length: int, joints: int | None = None) -> Reading | None:
        """One Fast Sync Read of all `ids`; None when the answer is late or damaged. Raises DeviceLost.

        joints: so many of the first servos count for the bracket (all by default).
        """
        # After a failure the next read asks for another length, so that an answer which is only late
        # cannot be taken for that of a later read: its time bracket would be wrong.
        length += self._failures % _LENGTHS
        seq = self._sent[address]
        self._sent[address] += 1
        blocks = self.peek(ids, address, length)
        if blocks is None:
            self._failures += 1
            return None
        bracket = self._wire.bracket(length, len(ids), len(ids) if joints is None else joints)
        if bracket is None:
            self._failures += 1
            self._count_too_fast()
            return None
        self._too_fast = 0
        t_lo_ns, t_hi_ns = bracket
        return Reading(seq, min(t_lo_ns + self._usb_out_ns, t_hi_ns), t_lo_ns, t_hi_ns, blocks)

    def _count_too_fast(self) -> None:
        """One such answer is a late one of an earlier read; nothing but such ones: another baud than we believe."""
        self._too_fast += 1
        if self._too_fast >= _TOO_FAST:
            raise DeviceError(
                self._name,
                f"the answers come faster than {self._baud} bit/s allows;"
                " the adapter does not run at the configured baud, so its times are not proven",
            )

    def peek(self, ids: Iterable[int], address: int, length: int) -> list[bytes] | None:
        """Registers of all `ids` at once when the time does not matter; None when late or damaged."""
        return self._wire.fast_sync_read(list(ids), address, length)


def hardware_errors(bits: int) -> str:
    """Names of the bits of Hardware Error Status(70)."""
    return ", ".join(text for bit, text in HARDWARE_ERRORS.items() if bits >> bit & 1)
