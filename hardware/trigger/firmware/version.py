"""What the box says of itself in HELLO."""

PROTOCOL = 1
FIRMWARE = "1.0.0"
