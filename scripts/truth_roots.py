"""Root filesystems to hold the simulation against: Debian's bullseye for two architectures, and one made poorer.

Needs root (for debootstrap), debootstrap and a Debian mirror, which this host's apt sources name.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from debian import mirror

PACKAGES = "python3,python3-distutils,libgomp1,libatomic1"
# What a small image may lack. Debian's interpreter itself is linked to libz and libexpat, so those stay.
REMOVED = (
    "libstdc++.so.6", "libgomp.so.1", "libatomic.so.1", "libssl.so.1.1", "libcrypto.so.1.1", "liblzma.so.5", "libbz2.so.1.0",
    "libffi.so.7", "libcrypt.so.1", "libuuid.so.1", "libnsl.so.2", "libdb-5.3.so", "libsqlite3.so.0", "libreadline.so.8",
)  # fmt: skip
QEMU = "/usr/bin/qemu-aarch64-static"


class RootFs(NamedTuple):
    """A root filesystem: its name, Lambda's word for its architecture, its folder, and what runs its programs."""

    name: str
    architecture: str
    folder: Path
    emulator: str | None


def make_roots(work: Path) -> dict[str, RootFs]:
    """Return the roots by name, made where they aren't there yet."""
    plain = _debian(work, "amd64")
    poorer = work / "roots/bullseye-poorer"
    if not poorer.exists():
        half = work / "roots/bullseye-poorer.part"
        shutil.rmtree(half, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", plain, half], check=True)
        for name in REMOVED:
            for path in [*half.glob(f"usr/lib/*/{name}*"), *half.glob(f"lib/*/{name}*")]:
                path.unlink(missing_ok=True)
        subprocess.run(["/sbin/ldconfig", "-r", half], check=True)
        half.rename(poorer)
    arm = _debian(work, "arm64")
    return {
        "bullseye-x86_64": RootFs("bullseye-x86_64", "x86_64", plain, None),
        "bullseye-poorer": RootFs("bullseye-poorer", "x86_64", poorer, None),
        "bullseye-arm64": RootFs("bullseye-arm64", "arm64", arm, QEMU),
    }


def _debian(work: Path, architecture: str) -> Path:
    root = work / f"roots/bullseye-{architecture}"
    if root.exists():
        return root
    half = work / f"roots/bullseye-{architecture}.part"
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    words = ["--foreign", f"--arch={architecture}", "--variant=minbase", f"--include={PACKAGES}"]
    subprocess.run(["debootstrap", *words, "bullseye", half, mirror()], check=True, stdout=subprocess.DEVNULL)
    for package in sorted((half / "var/cache/apt/archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, half], check=True)
    if architecture == "amd64":  # the other one stays without a cache, as some images are
        subprocess.run(["/sbin/ldconfig", "-r", half], check=True)
    (half / "opt").mkdir(exist_ok=True)
    (half / ".emulator").touch()
    half.rename(root)
    return root


def run_inside(root: RootFs, folder: Path, *words: str) -> int:
    """Run the root's own Python with ``folder`` as its /opt, without a network; return its code."""
    words = ("/usr/bin/python3.9", *words)
    command = ["bwrap", "--ro-bind", root.folder, "/"]
    if root.emulator:
        command += ["--ro-bind", root.emulator, "/.emulator"]
        words = ("/.emulator", *words)
    command += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--bind", folder, "/opt"]
    command += ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--clearenv"]
    command += [
        "--setenv",
        "PATH",
        "/usr/bin:/bin",
        "--setenv",
        "HOME",
        "/tmp",
        "--setenv",
        "OMP_NUM_THREADS",
        "1",
    ]
    command += ["--setenv", "OPENBLAS_NUM_THREADS", "1", "--setenv", "QT_QPA_PLATFORM", "offscreen"]
    return subprocess.run([*map(str, command), *words], check=False).returncode
