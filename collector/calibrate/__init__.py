"""Calibration with the rig: pictures and poses through the daemon, and the procedures."""
