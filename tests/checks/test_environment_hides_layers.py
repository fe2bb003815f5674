import pytest

from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "environment-hides-layers"

LAYER = {"python/a.py": "", "lib/libx.so": ""}


@pytest.mark.parametrize(
    "environment",
    [{}, {"PYTHONPATH": "/var/task/src:/opt/python"}, {"LD_LIBRARY_PATH": "/opt/lib", "STAGE": "x"}],
)
def test_passes_variables_that_keep_the_layers(environment):
    assert not judge(ID, LAYER, environment=environment).findings


def test_finds_variables_that_hide_them():
    path, library = judge(
        ID, LAYER, environment={"PYTHONPATH": "/var/task/src", "LD_LIBRARY_PATH": "/x"}
    ).findings[::-1]
    assert path.severity is Severity.ERROR
    found = {path.message, library.message}
    assert found == {"PYTHONPATH=/var/task/src hides /opt/python", "LD_LIBRARY_PATH=/x hides /opt/lib"}


def test_nothing_is_hidden_where_there_is_nothing():
    assert not judge(ID, {"bin/x": ""}, environment={"PYTHONPATH": "/x"}).findings


def test_not_applicable_without_variables():
    assert judge(ID, LAYER).not_applicable
