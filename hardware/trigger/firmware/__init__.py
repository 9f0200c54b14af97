"""The trigger box's firmware: MicroPython and PIO for RP2040 and RP2350; PROTOCOL.md is its contract."""
