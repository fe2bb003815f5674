"""What is read from a PDF, and the picture of its first page."""

import hashlib
import io

import dateutil.parser
import pymupdf
from PIL import Image

THUMBNAIL = (200, 200)


class NotAPdfError(ValueError):
    """The bytes are no PDF that can be opened."""


def read_document(data):
    """Return what a PDF says of itself, and a PNG of its first page that fits the thumbnail's size."""
    try:
        document = pymupdf.open(stream=data, filetype="pdf")
        first = document[0]
    except (pymupdf.FileDataError, IndexError) as error:
        raise NotAPdfError("not a PDF with at least one page") from error
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "pages": document.page_count,
        "title": document.metadata.get("title") or None,
        "written_at": read_date(document.metadata.get("creationDate") or ""),
        "thumbnail": picture_of(first),
        "text": first.get_text().strip(),
    }


def read_date(text):
    """Return a PDF's date (``D:20240131120000Z``) as a datetime, None where there is none."""
    digits = text.removeprefix("D:")[:14]
    try:
        return dateutil.parser.parse(digits + "Z")
    except dateutil.parser.ParserError:
        return None


def picture_of(page):
    """Return a page as a PNG."""
    pixels = page.get_pixmap(dpi=100)
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    image.thumbnail(THUMBNAIL)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
