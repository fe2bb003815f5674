from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-without-files"


def test_passes_a_package_with_its_code():
    assert not judge(ID, distribution("a"), distribution("b", files={"b.py": ""})).findings


def test_passes_a_package_that_never_had_code():
    assert not judge(ID, distribution("types-nothing", files={"x-stubs/__init__.pyi": ""})).findings


def test_finds_metadata_without_code():
    files = {path: data for path, data in distribution("mylib").items() if "dist-info" in path}
    (finding,) = judge(ID, files).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "mylib==1.0 has metadata, but none of its code is there (mylib)"


def test_finds_it_by_top_level_where_there_is_no_record():
    files = distribution("mylib", extra={"top_level.txt": "mylib\n"})
    files = {path: data for path, data in files.items() if "dist-info" in path and "RECORD" not in path}
    assert "mylib" in judge(ID, files).findings[0].message
