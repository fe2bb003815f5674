import pytest

from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "handler-missing"

APP = "import json\n\ndef handler(event, context):\n    return inner()\n\nclass App:\n    def method(self): ...\n\nother = lambda e, c: 1\n"


def judged(handler, function=None, **layer):
    return judge(
        ID,
        layer or {"python/a.py": ""},
        function=function or {"app.py": APP, "src/app.py": APP},
        handler=handler,
    )


@pytest.mark.parametrize(
    "handler", ["app.handler", "src.app.handler", "src/app.handler", "app.other", "app.App", "app.json"]
)
def test_passes_a_handler_that_is_there(handler):
    assert not judged(handler).findings


def test_passes_what_only_a_run_could_tell():
    assert not judged("app.made", {"app.py": "from lib import *\n"}).findings
    assert not judged("app.made", {"app.py": "globals()['made'] = 1\n"}).findings
    assert not judged("app.made", {"app.so": ""}).findings


def test_passes_a_handler_in_a_layer():
    assert not judge(
        ID,
        {"python/wrapper.py": "def handler(e, c): ...\n"},
        function={"app.py": ""},
        handler="wrapper.handler",
    ).findings


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("app", "Bad handler 'app'"),
        ("app.main", "app.py defines no main"),
        ("app.method", "app.py defines no method"),
        ("gone.handler", "there is no module gone"),
        ("src.handler", "there is no module src"),
        ("time.handler", "Cannot use built-in module time"),
    ],
)
def test_finds_a_handler_that_is_not_there(handler, said):
    (finding,) = judged(handler).findings
    assert finding.severity is Severity.ERROR
    assert finding.layer == "src"
    assert said in finding.message


def test_not_applicable_without_a_handler():
    assert judge(ID, {}, function={"app.py": ""}).not_applicable
