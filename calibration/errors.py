"""What goes wrong in a calibration, in words."""


class CalibrationError(Exception):
    """Nothing can be solved from this; the text is one sentence with the cause and the remedy."""
