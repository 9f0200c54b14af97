"""pyrealsense2, importable without root: its libusb comes from the libusb-package wheel.

Import `rs` from here, never pyrealsense2 itself: the module needs libusb-1.0.so.0 already loaded.
"""

import ctypes

import libusb_package

ctypes.CDLL(str(libusb_package.get_library_path()), mode=ctypes.RTLD_GLOBAL)

import pyrealsense2 as rs  # noqa: E402  (libusb has to be loaded first)

__all__ = ["rs"]
