"""uv's binary is found by several threads at once."""

from __future__ import annotations

import subprocess
import sys

_RACE = """
import os, sys, threading
sys.setswitchinterval(1e-6)
import uv
from layerwright.resolve.uv import find_uv
together, failed = threading.Barrier(8), []
def find():
    together.wait()
    try:
        find_uv(os.environ)
    except Exception as error:
        failed.append(error)
threads = [threading.Thread(target=find) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit(repr(failed) if failed else 0)
"""


def test_uv_is_found_by_several_threads_at_once() -> None:
    # Only the first use in a process can go wrong.
    done = [
        subprocess.run([sys.executable, "-c", _RACE], capture_output=True, text=True, check=False)
        for _ in range(3)
    ]
    assert [one.stderr for one in done] == ["", "", ""]
