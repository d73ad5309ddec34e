"""Every metric that a program of ours serves is told to operators."""

import ast
from collections.abc import Iterator

from tests.architecture.repository import our_modules, parsed, tracked_files

KINDS = {"Counter": "_total", "Gauge": "", "Histogram": ""}


def metrics() -> Iterator[str]:
    for module in our_modules("adapters", "server", "web", "workers"):
        for node in ast.walk(parsed(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.args[0] if node.args else None
                if not isinstance(name, ast.Constant) or node.func.id not in KINDS:
                    continue
                if isinstance(name.value, str):
                    yield f"{name.value}{KINDS[node.func.id]}"


def test_every_metric_stands_in_a_document() -> None:
    documents = "\n".join(document.read_text() for document in tracked_files("docs/*.md"))

    served = set(metrics())

    assert len(served) > 30
    assert sorted(name for name in served if f"`{name}" not in documents) == []
