"""Prepares a photographed page for OCR: upright, grey, sharp in contrast, large enough, black on white."""

import base64
import io

from PIL import Image, ImageFilter, ImageOps

SMALLEST = 1000
"""The width, in pixels, below which OCR engines begin to guess."""


def handler(event, context):
    """Process ``{"content": base64}``; returns a PNG of two colours, and how much of it is black."""
    image = prepare(Image.open(io.BytesIO(base64.b64decode(event["content"]))))
    file = io.BytesIO()
    image.save(file, "PNG")
    black = image.histogram()[0]
    return {
        "content": base64.b64encode(file.getvalue()).decode(),
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "black": round(black / (image.width * image.height), 3),
    }


def prepare(image):
    """Return the picture in two colours."""
    image = ImageOps.exif_transpose(image)
    image = ImageOps.grayscale(image)
    if image.width < SMALLEST:
        scale = -(-SMALLEST // image.width)
        image = image.resize((image.width * scale, image.height * scale), Image.LANCZOS)
    image = ImageOps.autocontrast(image.filter(ImageFilter.MedianFilter(3)), cutoff=2)
    return image.point(lambda value: 255 if value > 127 else 0).convert("1")
