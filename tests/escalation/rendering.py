"""Documents as pages: LibreOffice makes the PDF, poppler the pixels; positions in millimetres."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

#: Pixels of a millimetre at 254 dots an inch.
SCALE = 10
TOOLS = all(map(shutil.which, ("soffice", "pdftoppm", "pdftotext", "pdfinfo")))


def as_pdf(document: bytes, folder: Path, name: str = "page") -> Path:
    """The document as LibreOffice lays it out."""
    source = folder / f"{name}.docx"
    source.write_bytes(document)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", str(folder), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / f"{name}.pdf"


def pixels(pdf: Path, page: int) -> np.ndarray:
    """One page: height × width × 3."""
    target = pdf.with_name(f"{pdf.stem}-{page}")
    subprocess.run(
        ["pdftoppm", "-r", "254", "-f", str(page), "-l", str(page), "-singlefile", str(pdf),
         str(target)], check=True,
    )  # fmt: skip
    _, size, _, data = target.with_suffix(".ppm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(data, np.uint8).reshape(height, width, 3).astype(int)


def red(page: np.ndarray) -> np.ndarray:
    """Where the page is red."""
    return (page[..., 0] > 150) & (page[..., 1] < 110) & (page[..., 2] < 110)


def dark(page: np.ndarray) -> np.ndarray:
    """Where the page is black."""
    return page.max(axis=2) < 110


def bands(ink: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Rows of ink, top to bottom: (top, bottom, left, right) in mm."""
    rows = ink.any(axis=1).astype(int)
    edges = np.flatnonzero(np.diff(np.r_[0, rows, 0])).reshape(-1, 2)
    found = []
    for top, bottom in edges:
        columns = np.flatnonzero(ink[top:bottom].any(axis=0))
        found.append(
            (top / SCALE, bottom / SCALE, columns.min() / SCALE, (columns.max() + 1) / SCALE)
        )
    return found


def text(pdf: Path, page: int | None = None) -> str:
    """What stands on a page, or on all."""
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    done = subprocess.run(
        ["pdftotext", "-layout", *pages, str(pdf), "-"], check=True, capture_output=True
    )
    return done.stdout.decode()
