"""What uv's and pip's files and variables say of indexes, and what becomes of it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.indexes import local_index
from layerwright.errors import UsageError
from layerwright.resolve.index_settings import IndexSettings, read_index_settings
from layerwright.resolve.location import Credentials, base_name, split_credentials
from layerwright.resolve.pip_settings import PipSettings, index_words, read_pip_settings
from layerwright.resolve.request import IndexOptions, Request
from layerwright.resolve.requirements_file import read_requirement_lines
from layerwright.resolve.uv_settings import read_uv_settings
from resolve.conftest import Shelf, versions

posix = pytest.mark.skipif(sys.platform == "win32", reason="where these files are differs")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def variables(home: Path) -> dict[str, str]:
    """An environment in which no file of this machine is read."""
    nowhere = str(home / "nowhere")
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_DIRS": nowhere,
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
    }


def _settings(variables: Mapping[str, str], folder: Path, **options: object) -> IndexSettings:
    return read_index_settings(Request(folder=folder, environment=variables, **options))  # type: ignore[arg-type]


class TestPip:
    @posix
    def test_files_sections_and_variables_in_their_order(
        self, home: Path, variables: dict[str, str], tmp_path: Path
    ) -> None:
        del variables["PIP_CONFIG_FILE"]
        (home / ".config" / "pip").mkdir(parents=True)
        (home / ".config" / "pip" / "pip.conf").write_text(
            "[global]\nindex-url = https://user.example/simple\ntimeout = 60\ncert = /user.pem\n"
            "[install]\nfind_links =\n    /one\n    /two\n"
        )
        (tmp_path / "pip.conf").write_text("[global]\ncert = /site.pem\n")
        pip = read_pip_settings(variables, prefix=tmp_path)
        assert pip.index_url == "https://user.example/simple"
        assert pip.find_links == ("/one", "/two")
        assert pip.cert == "/site.pem"
        variables["PIP_INDEX_URL"] = "https://variable.example/simple"
        variables["PIP_TRUSTED_HOST"] = "a.example b.example:8080"
        pip = read_pip_settings(variables, prefix=tmp_path)
        assert pip.index_url == "https://variable.example/simple"
        assert pip.trusted_hosts == ("a.example", "b.example:8080")

    @posix
    def test_a_file_named_by_a_variable_stands_in_for_the_users(
        self, home: Path, variables: dict[str, str]
    ) -> None:
        del variables["PIP_CONFIG_FILE"]
        (home / ".pip").mkdir()
        (home / ".pip" / "pip.conf").write_text(
            "[global]\nindex-url = https://user.example\nno-index = true\n"
        )
        assert read_pip_settings(variables, prefix=home).no_index
        (home / "other.conf").write_text("[global]\nindex-url = https://other.example\n")
        variables["PIP_CONFIG_FILE"] = str(home / "other.conf")
        pip = read_pip_settings(variables, prefix=home)
        assert (pip.index_url, pip.no_index) == ("https://other.example", False)
        variables["PIP_CONFIG_FILE"] = os.devnull
        assert read_pip_settings(variables, prefix=home) == PipSettings()

    def test_a_file_that_is_none(self, home: Path, variables: dict[str, str]) -> None:
        (home / "other.conf").write_text("index-url = https://other.example\n")
        variables["PIP_CONFIG_FILE"] = str(home / "other.conf")
        with pytest.raises(UsageError, match=r"other\.conf is not a configuration of pip"):
            read_pip_settings(variables, prefix=home)

    def test_words_for_uv(self) -> None:
        pip = PipSettings(
            index_url="https://a.example", extra_index_urls=("https://b.example",), find_links=("/c",)
        )
        words = [
            "--index",
            "https://b.example",
            "--index-strategy",
            "unsafe-best-match",
            "--find-links",
            "/c",
        ]
        assert index_words(pip, own_index=True, own_strategy=False) == tuple(words)
        assert index_words(pip, own_index=False, own_strategy=True) == (
            *("--default-index", "https://a.example", "--index", "https://b.example", "--find-links", "/c"),
        )
        assert index_words(PipSettings(no_index=True), own_index=False, own_strategy=False) == ("--no-index",)

    @pytest.mark.parametrize(
        "options",
        [
            IndexOptions(default_index="https://ours.example"),
            IndexOptions(find_links=("/x",)),
            IndexOptions(no_index=True),
        ],
    )
    def test_the_command_line_wins(
        self, variables: dict[str, str], tmp_path: Path, options: IndexOptions
    ) -> None:
        variables |= {"PIP_INDEX_URL": "https://pip.example", "PIP_TRUSTED_HOST": "pip.example"}
        assert "https://pip.example" in _settings(variables, tmp_path).words
        assert _settings(variables, tmp_path, indexes=options).words == (
            "--allow-insecure-host",
            "pip.example",
        )

    @pytest.mark.parametrize(
        "name", ["UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"]
    )
    def test_uvs_variables_win(self, variables: dict[str, str], tmp_path: Path, name: str) -> None:
        variables |= {"PIP_INDEX_URL": "https://pip.example", name: "https://uv.example"}
        settings = _settings(variables, tmp_path)
        assert settings.words == ()
        assert settings.indexes == ("https://uv.example",)

    def test_certificates_and_proxies_where_none_are_set(
        self, variables: dict[str, str], tmp_path: Path
    ) -> None:
        variables |= {"PIP_CERT": "/pip.pem", "PIP_PROXY": "http://proxy.example:3128"}
        settings = _settings(variables, tmp_path)
        assert settings.variables == {"SSL_CERT_FILE": "/pip.pem", "ALL_PROXY": "http://proxy.example:3128"}
        assert settings.ca_file == Path("/pip.pem")
        variables |= {"SSL_CERT_FILE": "/own.pem", "https_proxy": "http://own.example"}
        settings = _settings(variables, tmp_path)
        assert settings.variables == {}
        assert settings.ca_file == Path("/own.pem")

    def test_uv_resolves_with_pips_settings(self, shelf: Shelf, tmp_path: Path) -> None:
        shelf.wheel("demo", "1.0")
        (tmp_path / "more").mkdir()
        newer = shelf.wheel("demo", "2.0")
        newer.rename(tmp_path / "more" / newer.name)
        with local_index(shelf.wheels, login="me:secret") as first, local_index(tmp_path / "more") as second:
            pip = {"PIP_INDEX_URL": first.url_with("me:secret"), "PIP_EXTRA_INDEX_URL": second.url}
            shelf.environment = {**shelf.environment, **pip}
            resolution = shelf.resolve("demo", indexes=IndexOptions())
            assert versions(resolution) == {"demo": "2.0"}
            assert resolution.settings.credentials_for(f"{first.url}/demo/") == ("me", "secret")
            (shelf.folder / "requirements.txt").write_text(f"--index-url {second.url}\ndemo<2\n")
            shelf.environment = {**shelf.environment, "PIP_EXTRA_INDEX_URL": ""}
            with pytest.raises(Exception, match=r"demo<2|demo>=2|unsatisfiable"):
                shelf.resolve(files=(Path("requirements.txt"),), indexes=IndexOptions())


class TestUv:
    def test_the_nearest_file_and_the_users(
        self, home: Path, variables: dict[str, str], tmp_path: Path
    ) -> None:
        project = tmp_path / "project" / "deeper"
        project.mkdir(parents=True)
        (tmp_path / "project" / "pyproject.toml").write_text(
            '[[tool.uv.index]]\nname = "ours"\nurl = "https://me:secret@ours.example/simple"\n'
            '[tool.uv.pip]\nkeyring-provider = "subprocess"\n'
        )
        (project / "pyproject.toml").write_text("[project]\nname = 'without-uv'\n")
        if sys.platform != "win32":
            (home / ".config" / "uv").mkdir(parents=True)
            (home / ".config" / "uv" / "uv.toml").write_text(
                'find-links = ["/links"]\nallow-insecure-host = ["a:1"]\n'
            )
        uv = read_uv_settings(variables, project)
        assert uv.keyring
        assert uv.places[0].url == "https://ours.example/simple"
        assert uv.places[0].credentials == Credentials("https://ours.example/simple", "me", "secret")
        if sys.platform != "win32":
            assert [place.url for place in uv.places[1:]] == ["/links"]
            assert uv.insecure_hosts == ("a:1",)
        variables["UV_NO_CONFIG"] = "1"
        assert not read_uv_settings(variables, project).named

    def test_one_file_alone(self, variables: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "uv.toml").write_text('index-url = "https://near.example"\n')
        (tmp_path / "named.toml").write_text('extra-index-url = ["https://named.example"]\nno-index = true\n')
        variables["UV_CONFIG_FILE"] = str(tmp_path / "named.toml")
        uv = read_uv_settings(variables, tmp_path)
        assert [place.url for place in uv.places] == ["https://named.example"]
        assert uv.no_index
        (tmp_path / "named.toml").write_text("a = [")
        with pytest.raises(UsageError, match=r"named\.toml is not a TOML file"):
            read_uv_settings(variables, tmp_path)

    def test_credentials_by_an_indexs_name(self, variables: dict[str, str], tmp_path: Path) -> None:
        variables |= {"UV_INDEX": "our-own=https://ours.example/simple https://other.example/a?b=c"}
        variables |= {"UV_INDEX_OUR_OWN_USERNAME": "me", "UV_INDEX_OUR_OWN_PASSWORD": "secret"}
        settings = _settings(variables, tmp_path)
        assert settings.indexes == ("https://ours.example/simple", "https://other.example/a?b=c")
        assert settings.credentials_for("https://ours.example/files/a.whl") == ("me", "secret")
        assert settings.credentials_for("https://other.example/files/a.whl") is None


class TestCredentials:
    def test_the_nearest_index_on_the_same_host_and_port(
        self, variables: dict[str, str], tmp_path: Path
    ) -> None:
        variables["UV_INDEX"] = (
            "https://a:1@e.example/one/simple https://b:2@e.example/two/simple http://c:3@e.example/x"
        )
        settings = _settings(variables, tmp_path)
        assert settings.credentials_for("https://e.example/two/files/x.whl") == ("b", "2")
        assert settings.credentials_for("https://e.example:443/one/x.whl") == ("a", "1")
        assert settings.credentials_for("https://e.example:444/one/x.whl") is None
        assert settings.credentials_for("https://evil.example/e.example/one/") is None
        assert settings.credentials_for("https://own:word@e.example/one/x") == ("own", "word")
        assert ":1" not in repr(settings)

    def test_netrc(self, variables: dict[str, str], home: Path, tmp_path: Path) -> None:
        (home / ".netrc").write_text("machine e.example login me password secret\n")
        (home / ".netrc").chmod(0o600)
        assert _settings(variables, tmp_path).credentials_for("https://e.example/x") == ("me", "secret")
        assert _settings(variables, tmp_path).credentials_for("https://other.example/x") is None
        (tmp_path / "mine").write_text("machine e.example\nlogin other\npassword word\n")
        variables["NETRC"] = str(tmp_path / "mine")
        assert _settings(variables, tmp_path).credentials_for("https://e.example/x") == ("other", "word")
        (tmp_path / "mine").write_text("nonsense")
        assert _settings(variables, tmp_path).credentials_for("https://e.example/x") is None

    def test_what_uv_has_stored(self, variables: dict[str, str], tmp_path: Path) -> None:
        import subprocess

        from layerwright.resolve.uv import find_uv

        variables["UV_CREDENTIALS_DIR"] = str(tmp_path / "store")
        words = ["auth", "login", "https://stored.example/simple", "--username", "me", "--password", "-"]
        subprocess.run(
            [find_uv(variables), *words], input=b"secret\n", env=variables, check=True, capture_output=True
        )
        settings = _settings(variables, tmp_path)
        assert settings.credentials_for("https://stored.example/simple/x") == ("me", "secret")
        assert settings.credentials_for("https://elsewhere.example/simple/x") is None

    @posix
    def test_a_keyring(self, variables: dict[str, str], tmp_path: Path) -> None:
        script = tmp_path / "bin" / "keyring"
        script.parent.mkdir()
        script.write_text(
            "#!/bin/sh\n"
            'case "$*" in\n'
            '  "get https://e.example/simple me") echo secret;;\n'
            '  "--mode creds get f.example") printf "you\\nword\\n";;\n'
            "  *) exit 1;;\n"
            "esac\n"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        variables["PATH"] = f"{script.parent}{os.pathsep}{variables['PATH']}"
        variables["UV_INDEX"] = "https://me@e.example/simple"
        assert _settings(variables, tmp_path).credentials_for("https://e.example/simple/x") is None
        variables["UV_KEYRING_PROVIDER"] = "subprocess"
        settings = _settings(variables, tmp_path)
        assert settings.credentials_for("https://e.example/simple/x") == ("me", "secret")
        assert settings.credentials_for("https://f.example/x") == ("you", "word")
        assert settings.credentials_for("https://g.example/x") is None
        find = settings.lookup()
        assert find("https://f.example/x") == ("you", "word")
        assert find("https://e.example/simple/y") == ("me", "secret")
        assert find("https://me:other@e.example/simple/y") == ("me", "other")
        script.unlink()
        assert find("https://f.example/another") == ("you", "word"), "a host is asked once"


class TestRequirementsFiles:
    def test_hashes_options_and_nesting(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text(
            f"-i https://${{WHO}}:secret@e.example/simple\n-rb.txt\n# --hash=sha256:{'9' * 64}\n"
            f"Demo_One[x]==1.0 ; python_version > '3' \\\n  --hash=sha256:{'a' * 64} \\\r\n  --hash=sha256:{'B' * 64}\n"
            "other @ https://you:word@f.example/other-1.tar.gz\n"
        )
        (tmp_path / "b.txt").write_text(
            f"-c c.txt\n-r a.txt\n-r nowhere.txt\nthird==1 --hash=sha512:{'c' * 128}\n"
        )
        (tmp_path / "c.txt").write_text(f"demo-one==1.0 --hash=sha256:{'d' * 64}\n--no-index\n")
        lines = read_requirement_lines(
            [tmp_path / "a.txt"], [f"given==1 --hash=sha256:{'e' * 64}"], {"WHO": "me"}
        )
        assert lines.hashes == {
            "demo-one": {letter * 64 for letter in "abd"},
            "given": {"e" * 64},
        }
        assert lines.names_index
        assert lines.no_index
        assert {(entry.username, entry.password) for entry in lines.credentials} == {
            ("me", "secret"),
            ("you", "word"),
        }

    @given(st.text(max_size=200))
    def test_any_text_is_read(self, text: str) -> None:
        read_requirement_lines([], text.splitlines(), {})


@given(st.text(alphabet="ab:@/?#[]. %", max_size=30))
def test_no_url_breaks_the_splitting_of_credentials(rest: str) -> None:
    clean, _ = split_credentials(f"https://{rest}")
    assert split_credentials(clean)[1] is None


def test_locations() -> None:
    assert split_credentials("https://a%40b:c%2Fd@e.org/x") == (
        "https://e.org/x",
        ("https://e.org/x", "a@b", "c/d"),
    )
    assert split_credentials("git+ssh://git@e.org/x") == ("git+ssh://git@e.org/x", None)
    assert base_name("C:\\folder\\demo-1.0.whl") == "demo-1.0.whl"
