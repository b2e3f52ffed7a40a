"""What a PDF says of itself: the standards that it follows, and the invoice that lies in it.

PDF/A knows neither PDF/UA's nor Factur-X's properties, so the metadata must describe them first;
and it wants one RDF block with one description of each, where WeasyPrint would write a second.
"""

from functools import cached_property
from typing import Any, NamedTuple

import pydyf
from weasyprint.document import Document


class _Schema(NamedTuple):
    name: str
    address: str
    prefix: str
    properties: tuple[tuple[str, str, str, str, str], ...]  # name, type, category, what, value


_ACCESSIBLE = _Schema(
    "PDF/UA identification",
    "http://www.aiim.org/pdfua/ns/id/",
    "pdfuaid",
    (("part", "Integer", "internal", "Part of ISO 14289", "1"),),
)
_INVOICE = _Schema(
    "Factur-X PDFA Extension Schema",
    "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "fx",
    (
        ("DocumentFileName", "Text", "external", "The name of the XML file", "factur-x.xml"),
        ("DocumentType", "Text", "external", "The type of the document", "INVOICE"),
        ("Version", "Text", "external", "The version of the standard", "1.0"),
        ("ConformanceLevel", "Text", "external", "The profile of the XML", "EN 16931"),
    ),
)


def describe(document: Document, *, with_invoice: bool) -> None:
    """Let the metadata name PDF/UA beside PDF/A, and Factur-X where an invoice lies inside."""
    written = document.metadata.generate_rdf_metadata
    ours = _described((_ACCESSIBLE, _INVOICE) if with_invoice else (_ACCESSIBLE,))

    def with_ours(*args: Any) -> bytes:
        return bytes(written(*args)).replace(b"</rdf:RDF>", ours)

    document.metadata.generate_rdf_metadata = with_ours


def finish(document: Document, pdf: Any) -> None:
    """The last hand laid on a PDF before it is written.

    WeasyPrint 70 lists what is attached twice among the associated files; once is right.
    """
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    pdf.objects[:] = map(_Written, pdf.objects)


class _Written(pydyf.Object):
    """An object whose bytes are made once.

    A PDF with an identifier is asked for the bytes of each object twice, to be written and to be
    counted in the identifier; making and packing them twice cost a tenth of a paper's time.
    """

    def __init__(self, made: pydyf.Object) -> None:
        self.number, self.generation, self.free = made.number, made.generation, made.free
        self.offset = made.offset
        self._made = made

    @cached_property
    def data(self) -> bytes:
        return bytes(self._made.data)

    @property
    def compressible(self) -> bool:
        return bool(self._made.compressible)


def _described(schemas: tuple[_Schema, ...]) -> bytes:
    extension = (
        '<rdf:Description rdf:about=""'
        ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        f"<pdfaExtension:schemas><rdf:Bag>{''.join(map(_schema, schemas))}</rdf:Bag>"
        "</pdfaExtension:schemas></rdf:Description>"
    )
    return f"{extension}{''.join(map(_values, schemas))}</rdf:RDF>".encode()


def _schema(schema: _Schema) -> str:
    return (
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaSchema:schema>{schema.name}</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{schema.address}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{schema.prefix}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{''.join(map(_property, schema.properties))}</rdf:Seq>"
        "</pdfaSchema:property></rdf:li>"
    )


def _property(described: tuple[str, str, str, str, str]) -> str:
    name, kind, category, what, _ = described
    return (
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>{kind}</pdfaProperty:valueType>"
        f"<pdfaProperty:category>{category}</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
    )


def _values(schema: _Schema) -> str:
    prefix = schema.prefix
    values = "".join(
        f"<{prefix}:{one[0]}>{one[4]}</{prefix}:{one[0]}>" for one in schema.properties
    )
    return (
        f'<rdf:Description rdf:about="" xmlns:{prefix}="{schema.address}">'
        f"{values}</rdf:Description>"
    )
