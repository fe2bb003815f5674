"""Starts the extensions of the layers and then Lambda's own runtime client, as the runtime's bootstrap does.

Started by the target's interpreter as ``bootstrap.py LAYERS FUNCTION PACKAGES [EMULATOR]``; the handler is in ``_HANDLER``. EMULATOR
starts programs of a foreign architecture. With ``_LAYERWRIGHT_CHANNEL`` the Runtime API is served in this network namespace:
the socket is made here, and handed out through that descriptor.
"""

import os
import sys

import search_path


def main():
    """Run the handler until this process is ended."""
    layers, function, packages = sys.argv[1:4]
    emulator = sys.argv[4:5]
    handler = os.environ["_HANDLER"]
    channel = os.environ.pop("_LAYERWRIGHT_CHANNEL", None)
    if channel is not None:
        hand_out_socket(int(channel))
    gate = os.environ.pop("_LAYERWRIGHT_GATE", None)
    if gate is None:
        start_extensions(layers + "/extensions", emulator)
    search_path.set_search_path(layers, function, packages)
    sys.argv[:] = [packages + "/bootstrap.py", handler]
    sys.modules.pop("search_path", None)
    import awslambdaric.__main__

    if gate is not None:
        if not os.read(int(gate), 1):
            os._exit(0)  # the host has no use for this process any more
        os.close(int(gate))
        start_extensions(layers + "/extensions", emulator)
    awslambdaric.__main__.main(sys.argv)


def hand_out_socket(channel):
    """Listen on the address that Lambda's own API has a port of, and send the socket to the host."""
    import _socket  # the module on top of it would import half of the standard library before sys.path is set
    import array

    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 9001))
    listener.listen(128)
    host = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, channel)
    host.sendmsg([b"!"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [listener.fileno()]))])
    host.recv(1)
    host.close()
    listener.close()
    os.environ["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:9001"


def start_extensions(folder, emulator):
    """Start each file of the folder, in order of their names; one that can't be started is told of."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = folder + "/" + name
        if os.path.isfile(path):
            words = emulator + script_words(path) if emulator else [path]
            try:
                os.posix_spawn(words[0], words, os.environ)
            except OSError as error:
                print(
                    "EXTENSION\tName: %s\tState: LaunchError\tEvents: []\tError: %s" % (name, error.strerror),
                    flush=True,
                )


def script_words(path):
    """Return what the kernel would start for a file: an interpreter for a script, else the file."""
    with open(path, "rb") as file:
        first = file.readline(256)
    return [*first[2:].decode().split(), path] if first.startswith(b"#!") else [path]


if __name__ == "__main__":
    main()
