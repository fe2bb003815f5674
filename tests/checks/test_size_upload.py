from factories.layers import judge, part
from layerwright.checks.finding import Severity

ID = "size-upload"


def test_passes_a_folder_and_a_small_zip():
    assert not judge(
        ID, part({"python/a.py": ""}), part({"python/b.py": ""}, zipped_bytes=52_428_800)
    ).findings


def test_finds_a_zip_that_has_to_go_through_s3():
    (finding,) = judge(ID, part({"python/a.py": ""}, zipped_bytes=52_428_801)).findings
    assert finding.severity is Severity.WARNING
