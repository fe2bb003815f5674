from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-file-owned-twice"


def test_passes_files_of_one_owner_and_equal_ones():
    assert not judge(ID, distribution("a"), distribution("b")).findings
    same = {"google/__init__.py": "", "google/cloud/__init__.py": "x"}
    assert not judge(ID, distribution("a", files=same), distribution("b", files=same)).findings


def test_passes_stray_tests():
    one, other = (
        {"tests/__init__.py": "a", "a/__init__.py": ""},
        {"tests/__init__.py": "b", "b/__init__.py": ""},
    )
    assert not judge(ID, distribution("a", files=one), distribution("b", files=other)).findings


def test_finds_two_owners():
    one = distribution("opencv-python", "4.9", {"cv2/__init__.py": "a", "cv2/cv2.abi3.so": b"a"})
    other = distribution("opencv-python-headless", "4.9", {"cv2/__init__.py": "a", "cv2/cv2.abi3.so": b"b"})
    (finding,) = judge(ID, one, other).findings
    assert finding.severity is Severity.WARNING
    assert (
        finding.message
        == "opencv-python==4.9 and opencv-python-headless==4.9 both own python/cv2/cv2.abi3.so"
    )
