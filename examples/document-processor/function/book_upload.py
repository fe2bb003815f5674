"""Takes an upload through the function's URL: the body is a PDF, the path its name."""

import base64
import json
import urllib.parse

from database import save
from documents import NotAPdfError, read_document


def handler(event, context):
    """Answer ``PUT /books/NAME`` with 201 and what was taken, or say why not."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    if method != "PUT" or not path.startswith("/books/"):
        return answer(404, {"error": "PUT /books/NAME takes a book"})
    body = event.get("body", "")
    data = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    try:
        document = read_document(data)
    except NotAPdfError as error:
        return answer(415, {"error": str(error)})
    name = path.removeprefix("/books/")
    identifier = save(document, name)
    place = f"/books/{urllib.parse.quote(name)}"
    return answer(201, {"id": identifier, "name": name, "pages": document["pages"]}, {"location": place})


def answer(status, body, headers=None):
    """Return an answer of payload version 2.0."""
    headers = {"content-type": "application/json", **(headers or {})}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
