"""Takes a PDF in its event, and writes what it reads of it, with a picture of its first page, to PostgreSQL."""

import base64
import io

from database import save
from documents import read_document
from PIL import Image


def handler(event, context):
    """Process ``{"name": ..., "content": base64}``; returns what was written."""
    document = read_document(base64.b64decode(event["content"]))
    identifier = save(document, event["name"])
    picture = Image.open(io.BytesIO(document["thumbnail"]))
    return {
        "id": identifier,
        "name": event["name"],
        "pages": document["pages"],
        "title": document["title"],
        "written_at": document["written_at"].isoformat() if document["written_at"] else None,
        "text": document["text"],
        "thumbnail": {"format": picture.format, "width": picture.width, "height": picture.height},
    }
