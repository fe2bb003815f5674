import zipfile
from datetime import date

import pytest

from factories.archives import write_zip
from factories.layers import distribution
from layerwright.checks import verify
from layerwright.checks.question import Question
from layerwright.checks.verify import judge
from layerwright.targets import parse_target
from layerwright.wheels.store import Store

TARGET, TODAY = parse_target("python3.11-x86_64"), date(2026, 11, 22)
LAYER = distribution("requests", requires=["certifi"])


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Asks a question, and tells whether it had to be worked out."""
    store, reads = Store(tmp_path / "store"), []
    read = verify.read_contents
    monkeypatch.setattr(
        verify, "read_contents", lambda *given, **more: reads.append(given) or read(*given, **more)
    )

    def ask(question, target=TARGET, today=TODAY):
        before = len(reads)
        verdict = judge(question, target, today, store)
        return verdict, len(reads) > before

    return ask


def test_the_same_question_is_answered_from_what_was_kept(tmp_path, asked):
    path = write_zip(tmp_path / "layer.zip", LAYER)
    first, read = asked(Question(layers=(path,), ignore={"junk-files": "fine"}))
    assert read
    again, read = asked(Question(layers=(path,), ignore={"junk-files": "fine"}))
    assert not read
    assert again == first
    assert again.result.findings[0].check == "metadata-missing-dependency"


def test_whatever_it_depends_on_makes_it_another_question(tmp_path, asked):
    path = write_zip(tmp_path / "layer.zip", LAYER)
    asked(Question(layers=(path,)))
    assert asked(Question(layers=(path,)), target=parse_target("python3.12-x86_64"))[1]
    assert asked(Question(layers=(path,)), today=date(2026, 11, 23))[1]
    assert asked(Question(layers=(path,), select=("junk-files",)))[1]
    assert asked(Question(layers=(path,), environment={}))[1]
    assert asked(Question(layers=(path,), extras={"a": frozenset({"b"})}))[1]
    assert asked(Question(layers=(path,), function=path))[1]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("python/new.py", "")
    assert asked(Question(layers=(path,)))[1]


def test_folders_are_looked_at_each_time(tmp_path, asked):
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "a.py").write_text("")
    for _ in range(2):
        assert asked(Question(layers=(tmp_path / "layer",)))[1]


def test_a_crash_is_not_kept(tmp_path, asked, monkeypatch):
    path = write_zip(tmp_path / "layer.zip", LAYER)
    from layerwright.checks.distributions import Distribution

    with monkeypatch.context() as patch:
        patch.setattr(Distribution, "requirement", property(lambda self: 1 / 0))
        verdict, _ = asked(Question(layers=(path,)))
        assert verdict.result.crashed
    verdict, read = asked(Question(layers=(path,)))
    assert read
    assert not verdict.result.crashed
