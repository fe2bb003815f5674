"""Terraform's external data source: reads a query on stdin, builds the layer, and prints a flat object of strings."""

import json
import subprocess
import sys


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
    result = {
        "filename": layer["path"],
        "sha256": layer["sha256"],
        "runtime": runtime,
        "architecture": architecture,
    }
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
