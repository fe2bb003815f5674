"""Starts the extensions of the layers and then Lambda's own runtime client, as the runtime's bootstrap does.

Started by the target's interpreter as ``bootstrap.py LAYERS FUNCTION PACKAGES [EMULATOR]``; the handler is in ``_HANDLER``. EMULATOR
starts programs of a foreign architecture.
"""

import os
import sys

import search_path


def main():
    """Run the handler until this process is ended."""
    layers, function, packages = sys.argv[1:4]
    emulator = sys.argv[4:5]
    handler = os.environ["_HANDLER"]
    start_extensions(layers + "/extensions", emulator)
    os.environ.pop("_LAYERWRIGHT_LISTEN", None)
    search_path.set_search_path(layers, function, packages)
    sys.argv[:] = [packages + "/bootstrap.py", handler]
    sys.modules.pop("search_path", None)
    import awslambdaric.__main__

    awslambdaric.__main__.main(sys.argv)


def start_extensions(folder, emulator):
    """Start each executable file of the folder, in order of their names."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = folder + "/" + name
        if os.path.isfile(path) and os.access(path, os.X_OK):
            words = emulator + script_words(path) if emulator else [path]
            try:
                os.posix_spawn(words[0], words, os.environ)
            except OSError as error:
                print("EXTENSION\tName: %s\tState: LaunchError\tEvents: []\tError: %s" % (name, error.strerror), flush=True)


def script_words(path):
    """Return what the kernel would start for a file: an interpreter for a script, else the file."""
    with open(path, "rb") as file:
        first = file.readline(256)
    return first[2:].decode().split() + [path] if first.startswith(b"#!") else [path]


if __name__ == "__main__":
    main()
