"""Reading the XML that a bank sends: whole, and nothing of what a hostile one would have us do."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

from defusedxml.ElementTree import fromstring

from marketplace.kernel.errors import DomainError


def read_xml(data: bytes, refused: Callable[[str], DomainError]) -> tuple[str, ET.Element]:
    """The namespace of a document and its root, with tags that have none. Raises `refused` for what is no XML."""
    try:
        document: ET.Element = fromstring(data, forbid_dtd=True)
    # LookupError: the declaration names an encoding that there is none of.
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise refused(f"The file is no XML that may be read: {type(problem).__name__}.") from None
    namespace = document.tag.removeprefix("{").partition("}")[0]
    for node in document.iter():
        node.tag = node.tag.rpartition("}")[2]
    return namespace, document
