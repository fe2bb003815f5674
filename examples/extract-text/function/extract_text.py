"""Reads the text of a PDF, page by page, and counts its tokens.

tiktoken fetches its encoding from the network when it is first used; a function in a private subnet can't. So a layer of its own
carries the encoding (see carry_encoding.py), and TIKTOKEN_CACHE_DIR says where.
"""

import base64
import io
import os

os.environ.setdefault("TIKTOKEN_CACHE_DIR", "/opt/encodings")

import pdfplumber
import tiktoken

encoding = tiktoken.get_encoding("cl100k_base")


def handler(event, context):
    """Process ``{"content": base64}``; returns each page's text and its number of tokens."""
    with pdfplumber.open(io.BytesIO(base64.b64decode(event["content"]))) as document:
        texts = [page.extract_text() or "" for page in document.pages]
    pages = [{"text": text, "tokens": len(encoding.encode(text))} for text in texts]
    return {"pages": pages, "tokens": sum(page["tokens"] for page in pages)}
