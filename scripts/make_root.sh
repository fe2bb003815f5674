#!/bin/sh
# Makes a root filesystem with a CPython, of Debian packages, for `--root` and for the tests of emulation.
#
#   sh scripts/make_root.sh python3.11-arm64 FOLDER      (3.9: bullseye, 3.11: bookworm, 3.13: trixie)
#
# Needs debootstrap and dpkg-deb; runs nothing of what it lays out, so a foreign architecture is no matter.
set -eu
target=$1
folder=$2/$target
case $target in
    python3.9-*) suite=bullseye ;;
    python3.11-*) suite=bookworm ;;
    python3.13-*) suite=trixie ;;
    *) echo "no Debian release has the Python of $target" >&2; exit 2 ;;
esac
case $target in
    *-arm64) architecture=arm64 ;;
    *) architecture=amd64 ;;
esac
python=${target%-*}
mkdir -p "$folder"
debootstrap --foreign --variant=minbase --arch="$architecture" --include="$python,$python-minimal,lib$python-stdlib" \
    "$suite" "$folder" >"$folder.log"
for package in "$folder"/var/cache/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder/var/cache/apt/archives" "$folder/debootstrap"
echo "$folder"
