"""Lambda's quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layerwright.targets.entry import read_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What AWS allows; a pair is the least and the most. ``data/quotas.toml`` has the sources.

    ``unzipped_bytes`` holds for a function and all its layers together; a zip above ``zipped_upload_bytes`` has to go
    through S3; ``request_bytes`` is a whole request with its base64.
    """

    zipped_upload_bytes: int
    request_bytes: int
    unzipped_bytes: int
    layers: int
    layer_compatible_runtimes: int
    layer_compatible_architectures: int
    environment_bytes: int
    ephemeral_storage_mib: tuple[int, int]
    memory_mib: tuple[int, int]
    timeout_s: int
    image_bytes: int
    sync_payload_bytes: int
    async_payload_bytes: int
    streamed_response_bytes: int
    code_storage_bytes: int
    extensions: int
    file_descriptors: int
    threads: int


def load_quotas() -> Quotas:
    """Return Lambda's quotas."""
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in read_data("quotas.toml")["quotas"].items()
    }
    return Quotas(**facts)
