"""What documents say about tests is there to be run."""

import ast
import re
from functools import cache

from tests.architecture.repository import ROOT, parsed, relative, tracked_files

NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def functions_of(path: str) -> frozenset[str]:
    module = ROOT / path
    if not module.is_file():
        return frozenset()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(parsed(module)) if isinstance(node, functions))


def test_every_test_that_a_document_names_exists() -> None:
    named = [
        (relative(document), path, name)
        for document in tracked_files("*.md")
        for path, name in NAMED_TEST.findall(document.read_text())
    ]

    missing = [entry for entry in named if entry[2] not in functions_of(entry[1])]

    assert named
    assert not missing
