"""Puts the encoding cl100k_base where a layer carries it: encoding/encodings/, under the name that tiktoken looks for.

    python carry_encoding.py

The folder encoding/ then stands for /opt, as a layer beside that of the packages. The file is tiktoken's own; it is taken from a
wheel of litellm, which carries it, so that a package index (or a mirror of one) is all that is needed. Where tiktoken's own
host can be reached, ``TIKTOKEN_CACHE_DIR=encoding/encodings python -c "import tiktoken; tiktoken.get_encoding('cl100k_base')"`` does the same.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
# tiktoken's cache names a file by the SHA-1 of its URL; the SHA-256 is the one that tiktoken itself compares.
NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
SOURCE = "litellm==1.53.1"


def main() -> None:
    """Write the file, unless it is there."""
    target = HERE / "encoding" / "encodings" / NAME
    if target.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            folder,
            SOURCE,
        ]
        subprocess.run([sys.executable, *words], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith(f"/{NAME}")]
            data = archive.read(member)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise SystemExit(f"{SOURCE} carries another encoding than tiktoken's cl100k_base")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


if __name__ == "__main__":
    main()
