"""The bill of materials: CycloneDX 1.6 as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as BomComponent
from cyclonedx.model.component import ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deploy.supply.components import Component


def bill(found: Iterable[Component], version: str) -> str:
    """The document; the same components make the same list in the same order."""
    bom = Bom()
    product = BomComponent(
        name="duban", version=version, type=ComponentType.APPLICATION, bom_ref=f"duban@{version}"
    )
    bom.metadata.component = product
    licences = LicenseFactory()
    for one in found:
        made = BomComponent(
            name=one.name,
            version=one.version,
            type=ComponentType.LIBRARY,
            purl=PackageURL.from_string(one.purl),
            bom_ref=one.purl,
            # What only builds or checks is not delivered.
            scope=ComponentScope.REQUIRED if one.is_shipped else ComponentScope.EXCLUDED,
        )
        if one.licence:
            made.licenses.add(licences.make_from_string(one.licence))
        if one.sha256 is not None:
            made.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=one.sha256))
        bom.components.add(made)
    bom.register_dependency(product, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=2)
