"""Terraform's external data source: reads a query on stdin, builds the layer, and prints a flat object of strings."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    query = json.load(sys.stdin)
    words = [*json.loads(query["program"]), "build", "--target", query["target"], "--format", "json"]
    words += ["--name", query["layer"]] if query["layer"] else []
    done = subprocess.run(words, cwd=query["folder"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        return done.returncode
    layers = json.loads(done.stdout)["layers"]
    if len(layers) != 1:
        sys.stderr.write(f"{query['folder']} declares {len(layers)} layers; name one\n")
        return 2
    (layer,) = layers
    if layer["path"] is None:
        for finding in layer["findings"]:
            if finding["severity"] == "error":
                sys.stderr.write(f"{finding['check']}: {finding['path']}: {finding['message']}\n")
        return 1
    runtime, _, architecture = layer["target"].partition("-")
    # A path that holds no machine's folders: a change of the path would make another version of the layer.
    path = Path(os.path.relpath(Path(query["folder"], layer["path"])))
    result = {
        "filename": path.as_posix(),
        "source_code_hash": base64.b64encode(bytes.fromhex(layer["sha256"])).decode(),
        "runtime": runtime,
        "architecture": architecture,
    }
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
