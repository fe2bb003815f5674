"""The module names of projects that are imported under another name than their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Well-known pairs, each to be seen in the wheel's top-level folder.
_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "cffi": ("cffi", "_cffi_backend"),
    "faiss-cpu": ("faiss",),
    "google-api-core": ("google.api_core",),
    "google-auth": ("google.auth",),
    "googleapis-common-protos": ("google.api",),
    "grpcio": ("grpc",),
    "mysqlclient": ("MySQLdb",),
    "msgpack-python": ("msgpack",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "pillow": ("PIL",),
    "protobuf": ("google.protobuf",),
    "psycopg2-binary": ("psycopg2",),
    "pycryptodome": ("Crypto",),
    "pycryptodomex": ("Cryptodome",),
    "pyjwt": ("jwt",),
    "pymupdf": ("pymupdf", "fitz"),
    "pynacl": ("nacl",),
    "pyopenssl": ("OpenSSL",),
    "python-dateutil": ("dateutil",),
    "python-dotenv": ("dotenv",),
    "python-jose": ("jose",),
    "python-multipart": ("python_multipart", "multipart"),
    "pyyaml": ("yaml",),
    "pyzmq": ("zmq",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
})  # fmt: skip


def import_names(project: str) -> tuple[str, ...]:
    """Return the dotted names under which a project (by its normalised name) is probably imported.

    >>> import_names("pyyaml")
    ('yaml',)
    >>> import_names("google-cloud-storage")
    ('google_cloud_storage', 'google.cloud.storage')
    """
    known = _OTHER_NAMES.get(project)
    if known is not None:
        return known
    guesses = [project.replace("-", "_"), project.replace("-", ".")]
    for prefix in ("python-", "py-", "py"):
        if project.startswith(prefix):
            guesses.append(project.removeprefix(prefix).replace("-", "_"))
            break
    return tuple(dict.fromkeys(guess for guess in guesses if guess))


def project_name(module: str) -> str:
    """Return the project that most probably brings a module, to be put into a command.

    >>> project_name("yaml.loader"), project_name("requests")
    ('pyyaml', 'requests')
    """
    top = module.partition(".")[0]
    for project, names in _OTHER_NAMES.items():
        if top in names or module in names:
            return project
    return (module if top in {"google", "azure", "zope"} else top).replace(".", "-").replace("_", "-")
