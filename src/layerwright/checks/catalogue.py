"""Every check, sorted by id."""

from __future__ import annotations

from typing import Final

from layerwright.checks.check import Check
from layerwright.checks.rules import (
    bytecode_other_python,
    bytecode_stale,
    editable_install,
    metadata_absent,
    metadata_changed_file,
    metadata_file_owned_twice,
    metadata_missing_dependency,
    metadata_missing_file,
    metadata_requires_python,
    metadata_two_versions,
    metadata_version_conflict,
    metadata_without_files,
    module_hidden,
    numpy_abi_mix,
    sdk_partial,
    sdk_shadowed,
    sdk_too_old,
    sdk_urllib3_clash,
    stdlib_removed,
    stdlib_shadowed,
    wheel_built_locally,
    wheel_tag_lies,
)

CATALOGUE: Final[tuple[Check, ...]] = (
    bytecode_other_python.CHECK,
    bytecode_stale.CHECK,
    editable_install.CHECK,
    metadata_absent.CHECK,
    metadata_changed_file.CHECK,
    metadata_file_owned_twice.CHECK,
    metadata_missing_dependency.CHECK,
    metadata_missing_file.CHECK,
    metadata_requires_python.CHECK,
    metadata_two_versions.CHECK,
    metadata_version_conflict.CHECK,
    metadata_without_files.CHECK,
    module_hidden.CHECK,
    numpy_abi_mix.CHECK,
    sdk_partial.CHECK,
    sdk_shadowed.CHECK,
    sdk_too_old.CHECK,
    sdk_urllib3_clash.CHECK,
    stdlib_removed.CHECK,
    stdlib_shadowed.CHECK,
    wheel_built_locally.CHECK,
    wheel_tag_lies.CHECK,
)
