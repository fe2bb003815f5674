"""Where the store is."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerwright.errors import UsageError
from layerwright.wheels.place import store_place

_HOME = Path.home()


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"LAYERWRIGHT_CACHE": "/somewhere"}, "linux", Path("/somewhere")),
        ({"LAYERWRIGHT_CACHE": "~/mine"}, "win32", _HOME / "mine"),
        ({"LAYERWRIGHT_CACHE": "here"}, "linux", Path.cwd() / "here"),
        ({"LAYERWRIGHT_CACHE": ""}, "linux", _HOME / ".cache" / "layerwright"),
        ({"XDG_CACHE_HOME": "/xdg"}, "linux", Path("/xdg/layerwright")),
        ({"XDG_CACHE_HOME": "not/absolute"}, "linux", _HOME / ".cache" / "layerwright"),
        ({"XDG_CACHE_HOME": "/xdg"}, "darwin", _HOME / "Library" / "Caches" / "layerwright"),
        ({"LOCALAPPDATA": "/local"}, "win32", Path("/local/layerwright/cache")),
        ({}, "win32", _HOME / "AppData" / "Local" / "layerwright"),
    ],
)
def test_each_platform_has_its_place(environment: dict[str, str], platform: str, expected: Path) -> None:
    assert Path(store_place(environment, platform=platform)) == expected


def test_no_home_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(UsageError) as raised:
        store_place({}, platform="linux")
    assert "LAYERWRIGHT_CACHE" in (raised.value.hint or "")
