from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "function-syntax-error"


def test_passes_valid_python():
    assert not judge(ID, function={"app.py": "def handler(e, c): ...\n"}, handler="app.handler").findings


def test_passes_what_the_handler_does_not_reach():
    assert not judge(
        ID, function={"app.py": "", "template.py": "{{ x }} = 1\n"}, handler="app.handler"
    ).findings


def test_finds_what_cannot_be_parsed():
    (finding,) = judge(ID, function={"app.py": "import json\n<<<<<<< HEAD\n"}, handler="app.handler").findings
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("app.py:2: invalid syntax")
