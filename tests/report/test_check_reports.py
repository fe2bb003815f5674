import json
from datetime import date

import pytest

from factories.archives import write_zip
from factories.elves import extension
from factories.layers import distribution, entry, part, subject
from layerwright.checks.check import Check
from layerwright.checks.finding import Severity
from layerwright.checks.question import Question, Verdict
from layerwright.checks.run import run_checks
from layerwright.checks.serves import judge_services
from layerwright.checks.verify import judge_contents, read_contents, summarise
from layerwright.report.check_json import check_json, serves_json
from layerwright.report.check_text import check_text, serves_text
from layerwright.report.github import check_github
from layerwright.report.sarif import check_sarif
from layerwright.targets import parse_target
from layerwright.wheels.store import Store

TARGET = parse_target("python3.11-x86_64")
BROKEN = {
    **distribution("requests", "2.32.0", requires=["certifi"]),
    "python/x.cpython-39.pyc": b"",
    "python/Thumbs.db": b"",
}


def verdict(*parts, **options):
    one = subject(*parts)
    return Verdict(target=one.target, layers=summarise(one.layers), result=run_checks(one, **options))


def _crash(subject):
    raise RuntimeError("50%\nof it")


CRASHING = Check(id="always-crashes", summary="x", severity=Severity.ERROR, run=_crash, fix="x.")


def test_json_is_the_contract(tmp_path):
    path = write_zip(tmp_path / "layer.zip", BROKEN)
    question = Question(layers=(path,))
    contents = read_contents(question, Store(tmp_path / "store"))
    value = json.loads(check_json(judge_contents(contents, question, TARGET, date(2026, 11, 22))))
    assert list(value) == [
        "schema_version",
        "target",
        "ok",
        "layers",
        "findings",
        "not_applicable",
        "crashed",
    ]
    assert (value["schema_version"], value["target"], value["ok"]) == (1, "python3.11-x86_64", False)
    (layer,) = value["layers"]
    assert list(layer) == ["path", "sha256", "zipped_bytes", "unzipped_bytes", "files"]
    assert layer["zipped_bytes"] == path.stat().st_size
    assert layer["files"] == len(BROKEN)
    finding = value["findings"][0]
    assert list(finding) == ["check", "severity", "layer", "path", "message", "fix", "detail"]
    assert finding["check"] == "metadata-missing-dependency"
    assert finding["layer"] == str(path)
    assert all(list(one) == ["check", "reason"] for one in value["not_applicable"])


def test_json_lists_what_was_set_aside():
    value = json.loads(
        check_json(verdict(BROKEN, ignore={"metadata-missing-dependency": "another layer has it"}))
    )
    assert value["ok"]
    assert value["ignored"][0]["reason"] == "another layer has it"


def test_text_has_the_gravest_first_and_the_fix():
    assert check_text(verdict(part(BROKEN))) == (
        "error requests==2.32.0 needs certifi, and certifi is not in the stack [metadata-missing-dependency]\n"
        "  python/requests-2.32.0.dist-info/METADATA\n"
        '  fix: layerwright build "requests==2.32.0" --target python3.11-x86_64\n'
        "\n"
        "note 1 file (0 bytes) that nothing here uses [junk-files]\n"
        "  python/Thumbs.db\n"
        "  fix: `zip -r layer.zip python -x '*.DS_Store' '__MACOSX/*' '*/._*'`, or `layerwright build`.\n"
        "\n"
        "not ok (1 error, 1 note): layer.zip for python3.11-x86_64"
    )


def test_text_shows_the_first_files_of_many():
    text = check_text(verdict(part([entry(f"python/f{n}.py", mode=0o600) for n in range(5)])))
    assert "  python/f2.py\n  and 2 more\n" in text


def test_text_names_the_layer_where_there_are_several():
    text = check_text(verdict(part({"python/a.py": ""}, name="one.zip"), part(BROKEN, name="two.zip")))
    assert "  two.zip: python/requests-2.32.0.dist-info/METADATA" in text
    assert text.endswith("one.zip, two.zip for python3.11-x86_64")


def test_text_shows_what_was_set_aside_and_why():
    text = check_text(verdict(BROKEN, ignore={"metadata-*": "another layer has it", "junk-files": ""}))
    assert "ignored [metadata-missing-dependency]: another layer has it" in text
    assert "ignored [junk-files]: no reason given" in text
    assert text.splitlines()[-1].startswith("ok: ")


def test_text_is_coloured_only_when_told_and_never_by_a_layer():
    one = verdict(part({"python/\x1b[31m.DS_Store/._x": ""}, name="l\x1b[0m.zip"))
    assert "\x1b" not in check_text(one)
    assert "\\x1b[31m" in check_text(one)
    assert "\x1b[36mnote\x1b[0m" in check_text(one, colour=True)


def test_a_crash_is_shown_and_never_ok():
    one = verdict(part({}), catalogue=(CRASHING,))
    assert not one.result.ok
    assert "crashed [always-crashes] RuntimeError: 50%\\nof it" in check_text(one)
    assert json.loads(check_json(one))["crashed"] == [
        {"check": "always-crashes", "error": "RuntimeError: 50%\nof it"}
    ]
    assert "::error title=layerwright%3A always-crashes crashed::RuntimeError: 50%25%0Aof it" in check_github(
        one
    )
    invocation = json.loads(check_sarif(one))["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["descriptor"] == {"id": "always-crashes"}


def test_github_annotations_are_escaped():
    lines = check_github(verdict(part(BROKEN, name="a,b:c.zip"))).splitlines()
    assert lines[0].startswith(
        "::error file=a%2Cb%3Ac.zip,title=metadata-missing-dependency::python/requests"
    )
    assert "%0Afix: layerwright build" in lines[0]
    assert lines[1].startswith("::notice ")
    assert lines[-1] == "not ok: a,b:c.zip for python3.11-x86_64"


def test_a_github_annotation_names_its_file_once():
    files = {"pkg/__init__.py": "from pkg import _x\n", "pkg/_x.abi3.so": extension("_x", machine="aarch64")}
    line = check_github(verdict(part(distribution("pkg", files=files)))).splitlines()[0]
    assert line.count("python/pkg/_x.abi3.so") == 1


def test_sarif_has_rules_results_and_suppressions():
    run = json.loads(check_sarif(verdict(part(BROKEN, name="my layer.zip"), ignore={"junk-files": "fine"})))[
        "runs"
    ][0]
    error, note = run["results"]
    rule = run["tool"]["driver"]["rules"][error["ruleIndex"]]
    assert rule["id"] == error["ruleId"] == "metadata-missing-dependency"
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "## Fix" in rule["help"]["markdown"]
    location = error["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "my%20layer.zip"
    assert (
        location["logicalLocations"][0]["fullyQualifiedName"] == "python/requests-2.32.0.dist-info/METADATA"
    )
    assert note["suppressions"] == [{"kind": "external", "justification": "fine"}]
    assert note["level"] == "note"


def test_sarif_names_an_arn_as_a_relative_uri():
    arn = "arn:aws:lambda:us-east-1:111122223333:layer:deps:1"
    (run,) = json.loads(check_sarif(verdict(part(BROKEN, name=arn))))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == arn.replace(":", "%3A")


@pytest.mark.parametrize("site", ["python", "python/lib/python3.12/site-packages"])
def test_without_a_target_every_one_is_judged(tmp_path, site):
    path = write_zip(tmp_path / "layer.zip", distribution("a", requires_python=">=3.9", site=site))
    question = Question(layers=(path,))
    contents = read_contents(question, Store(tmp_path / "store"))
    services = judge_services(contents, question, date(2026, 11, 22))
    works = {str(one.target) for one in services if one.ok}
    versions = {one.partition("-")[0] for one in works}
    assert versions == ({"python3.12"} if "3.12" in site else {f"python3.{minor}" for minor in range(9, 16)})
    value = json.loads(serves_json(contents.stack.layers, services))
    assert list(value) == ["schema_version", "layers", "targets"]
    assert value["targets"][0]["target"] == "python3.8-x86_64"
    assert value["targets"][0]["ok"] is False
    lines = serves_text(services).splitlines()
    assert len(lines) == 1 + len(services)
    assert lines[1].startswith("python3.8-x86_64")
    assert "fails" in lines[1]
    assert "\x1b[32;1mpython3.12-x86_64" in serves_text(services, colour=True)


def test_what_no_one_has_told_cannot_be_told(tmp_path):
    from factories.elves import extension

    files = {
        "pkg/__init__.py": "from pkg import _fast\n",
        "pkg/_fast.abi3.so": extension("_fast", needed=("libzstd.so.1",)),
    }
    path = write_zip(tmp_path / "layer.zip", distribution("pkg", files=files))
    question = Question(layers=(path,))
    contents = read_contents(question, Store(tmp_path / "store"))
    services = {str(one.target): one for one in judge_services(contents, question, date(2026, 11, 22))}
    assert services["python3.12-x86_64"].ok is None
    assert "libzstd.so.1 may be absent" in services["python3.12-x86_64"].reason
    assert services["python3.12-arm64"].ok is False
    assert "can't be told  libzstd.so.1 may be absent" in serves_text(list(services.values()))
    assert json.loads(serves_json(contents.stack.layers, services.values()))["targets"][8]["ok"] is None
