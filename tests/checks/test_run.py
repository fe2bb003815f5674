import pytest

from factories.layers import distribution, subject
from layerwright.checks.check import Check, Need, NotApplicable
from layerwright.checks.finding import Severity
from layerwright.checks.result import Crash, Unfit
from layerwright.checks.run import run_checks
from layerwright.errors import UsageError


def check(name, run, **more):
    return Check(id=name, summary="x", severity=Severity.WARNING, run=run, fix="x.", **more)


def _finds(subject):
    yield FINDS.finding(subject, "found", paths=["/opt/python/b.py"])
    yield FINDS.finding(subject, "found", paths=["/opt/python/a.py"], severity=Severity.ERROR)


def _crashes(subject):
    yield from ()
    raise KeyError("inside")


FINDS = check("finds-things", _finds)
CRASHES = check("crashes-late", _crashes)
UNFIT = check("unfit-here", lambda subject: NotApplicable("nothing to look at"))
NEEDS = check("needs-function", lambda subject: [], needs=frozenset({Need.FUNCTION}))
ALL = (CRASHES, FINDS, NEEDS, UNFIT)
LAYER = {"python/a.py": "", "python/b.py": ""}


def test_outcomes_are_told_apart():
    result = run_checks(subject(LAYER), catalogue=ALL)
    assert [finding.path for finding in result.findings] == ["python/a.py", "python/b.py"]
    assert result.crashed == (Crash("crashes-late", "KeyError: 'inside'"),)
    assert result.not_applicable == (
        Unfit("needs-function", "no function was given"),
        Unfit("unfit-here", "nothing to look at"),
    )


@pytest.mark.parametrize(("chosen", "ok"), [((UNFIT, NEEDS), True), ((FINDS,), False), ((CRASHES,), False)])
def test_an_error_or_a_crash_is_not_ok(chosen, ok):
    assert run_checks(subject(LAYER), catalogue=chosen).ok is ok


def test_warnings_are_ok():
    assert run_checks(subject(LAYER), catalogue=(FINDS,), ignore={"finds-things:python/a.py": "known"}).ok


def test_checks_are_selected_by_id_and_pattern():
    one = subject(LAYER)
    assert not run_checks(one, catalogue=ALL, select=["unfit-*", "needs-function"]).findings
    assert run_checks(one, catalogue=ALL, select=["finds-things"]).crashed == ()


def test_findings_are_set_aside_with_their_reason():
    result = run_checks(subject(LAYER), catalogue=(FINDS,), ignore={"finds-*:python/[a]*": "we know"})
    assert [finding.path for finding in result.findings] == ["python/b.py"]
    assert [(one.finding.path, one.reason) for one in result.ignored] == [("python/a.py", "we know")]


@pytest.mark.parametrize("wrong", [{"select": ["find-things"]}, {"ignore": {"find-things:x": "y"}}])
def test_a_name_of_no_check_is_a_usage_error(wrong):
    with pytest.raises(UsageError, match="no check is called 'find-things'") as caught:
        run_checks(subject(LAYER), catalogue=ALL, **wrong)
    assert "did you mean finds-things" in caught.value.hint


def test_a_finding_names_the_layer_that_holds_the_file():
    from factories.layers import part

    one, two = part({"python/a.py": ""}, name="one"), part({"python/b.py": ""}, name="two")
    findings = run_checks(subject(one, two, function={"app.py": ""}), catalogue=(FINDS,)).findings
    assert [finding.layer for finding in findings] == ["one", "two"]


def test_the_whole_catalogue_finds_no_fault_with_a_sound_layer():
    layer = distribution("sound", files={"sound/__init__.py": "import json\n"}, requires=["dep>=1"])
    result = run_checks(subject(layer, distribution("dep")))
    assert result.findings == ()
    assert result.ok


def test_the_same_layer_gives_the_same_result():
    layer = distribution("sound", requires=["dep>=1", "other"])
    assert run_checks(subject(layer)) == run_checks(subject(layer))
