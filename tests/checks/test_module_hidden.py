from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "module-hidden"

INNER = "python/lib/python3.11/site-packages"
STORAGE = distribution(
    "google-cloud-storage", files={"google/cloud/storage/__init__.py": "", "google/cloud/storage/blob.py": ""}
)


def test_passes_a_namespace_in_several_folders():
    auth = distribution("google-auth", files={"google/auth/__init__.py": ""}, site=INNER)
    assert not judge(ID, STORAGE, auth, function={"google/mine/__init__.py": ""}).findings


def test_passes_a_package_that_extends_its_path():
    extending = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    assert not judge(ID, STORAGE, function={"google/__init__.py": extending}).findings


def test_passes_the_functions_own_copy_of_the_same_package():
    files = {"numpy/__init__.py": "", "numpy/old.py": ""}
    newer = distribution("numpy", "2", {"numpy/__init__.py": ""}, site=INNER)
    assert not judge(ID, distribution("numpy", "1", files), newer).findings


def test_finds_a_stray_init():
    (finding,) = judge(ID, STORAGE, function={"google/__init__.py": ""}).findings
    assert finding.severity is Severity.ERROR
    assert (finding.layer, finding.path) == ("src", "google/__init__.py")
    assert finding.message == "google/__init__.py hides google.cloud.storage and 1 other modules"


def test_finds_a_stray_init_one_level_down():
    (finding,) = judge(ID, STORAGE, function={"google/cloud/__init__.py": ""}).findings
    assert finding.path == "google/cloud/__init__.py"
