"""What is inside a layer as a CycloneDX document: packages with versions, licences and hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerwright._version import __version__
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

    from layerwright.pipeline.result import BuiltLayer, PackedPackage


def sbom_json(layers: Sequence[BuiltLayer]) -> str:
    """Return a CycloneDX 1.6 document in JSON; the same layers give the same text.

    Raises UsageError where the library that makes it is not installed.
    """
    try:
        from cyclonedx.output.json import JsonV1Dot6
    except ImportError as error:
        raise UsageError(
            "an SBOM needs cyclonedx-python-lib, which is not installed",
            hint="install layerwright[sbom]",
        ) from error
    return JsonV1Dot6(_bom(layers)).output_as_string(indent=2) + "\n"


def _bom(layers: Sequence[BuiltLayer]) -> Bom:
    import hashlib
    import uuid

    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository

    digest = hashlib.sha256("".join(layer.sha256 for layer in layers).encode()).digest()
    tool = Component(
        type=ComponentType.APPLICATION, name="layerwright", version=__version__, bom_ref="layerwright"
    )
    bom = Bom(
        serial_number=uuid.UUID(bytes=digest[:16], version=4),
        metadata=BomMetaData(tools=ToolRepository(components=[tool])),
    )
    bom.metadata.timestamp = None  # type: ignore[assignment]  # optional in the format, and not in the library's type
    for layer in layers:
        bom.components.add(_layer_component(layer))
    return bom


def _layer_component(layer: BuiltLayer) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        type=ComponentType.FILE,
        name=layer.path.name if layer.path else layer.name,
        bom_ref=f"{layer.name}@{layer.target}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=layer.sha256)],
        properties=[Property(name="layerwright:target", value=layer.target)],
        components=[_package_component(package, layer) for package in layer.packages],
    )


def _package_component(package: PackedPackage, layer: BuiltLayer) -> Component:
    from cyclonedx.factory.license import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    name = package.name.lower().replace("_", "-").replace(".", "-")
    licenses = [LicenseFactory().make_from_string(package.license)] if package.license else []
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        bom_ref=f"{layer.name}@{layer.target}/{name}",
        purl=PackageURL("pypi", None, name, package.version, {"file_name": package.artifact}),
        licenses=licenses,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=package.sha256)],
        properties=[Property(name="layerwright:artifact", value=package.artifact)],
    )
