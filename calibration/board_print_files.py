"""A sheet as PDF and as a picture, both of the page's true size."""

import io
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from calibration.board_print import Sheet

_POINTS = 72 / 25.4
"""PDF's unit, a millimetre."""
_CAPITAL = 0.718
"""Height of Helvetica's capitals, of its size."""


def pdf(sheet: Sheet) -> bytes:
    """One page of boxes and words, no picture: sharp at every printer's own resolution (PDF 1.4, ISO 32000-1)."""
    scale, lines = _POINTS, ["0 g"]
    for grey, boxes in ((0, sheet.black), (1, sheet.white)):
        lines.append(f"{grey} g")
        for x, y, width, height in boxes:
            low = sheet.height - y - height
            lines.append(" ".join(f"{side * scale:.4f}" for side in (x, low, width, height)) + " re")
        lines.append("f" if boxes else "n")
    lines.append("0 g")
    for word in sheet.words:
        at = f"{word.x * scale:.3f} {(sheet.height - word.y) * scale:.3f}"
        text = word.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        lines.append(f"BT /F1 {word.size / _CAPITAL * scale:.3f} Tf {at} Td ({text}) Tj ET")
    drawn = zlib.compress("\n".join(lines).encode("latin-1", "replace"))
    page = f"{sheet.width * scale:.4f} {sheet.height * scale:.4f}"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page}] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        f"<< /Length {len(drawn)} /Filter /FlateDecode >>\nstream\n".encode() + drawn + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _joined(parts)


def _joined(parts: list[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + part + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{place:010d} 00000 n \n".encode() for place in places))
    out.write(f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def png(sheet: Sheet, dpi: int) -> bytes:
    """Black and white, with its resolution told; every edge is within half a pixel of where it should be."""
    page = Image.fromarray(_raster(sheet, dpi))
    pen = ImageDraw.Draw(page)
    for word in sheet.words:
        font = ImageFont.load_default(word.size / _CAPITAL * dpi / 25.4)
        pen.text((word.x * dpi / 25.4, word.y * dpi / 25.4), word.text, fill=0, font=font, anchor="ls")
    out = io.BytesIO()
    page.convert("1", dither=Image.Dither.NONE).save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def _raster(sheet: Sheet, dpi: int) -> NDArray[np.uint8]:
    scale = dpi / 25.4
    out = np.full((round(sheet.height * scale), round(sheet.width * scale)), 255, np.uint8)
    for grey, boxes in ((0, sheet.black), (255, sheet.white)):
        for x, y, width, height in boxes:
            left, right, top, bottom = (round(side * scale) for side in (x, x + width, y, y + height))
            cv2.rectangle(out, (left, top), (max(left, right - 1), max(top, bottom - 1)), grey, cv2.FILLED)
    return out
