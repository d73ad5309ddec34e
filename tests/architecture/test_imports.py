"""Who may import what, as far as import-linter cannot tell."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.architecture.repository import (
    imported_roots,
    our_modules,
    our_packages,
    parsed,
    relative,
)

OUR_DISTRIBUTIONS = {"campotech-backend", "campotech-client", "campotech-protos"}
READS_OF_THE_ENVIRONMENT = {"os.getenv", "os.environ.get", "os.environ"}


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    allowed = sys.stdlib_module_names | {"domain"}

    foreign = {
        f"{relative(module)} imports {root}"
        for module in our_modules("domain")
        for root in imported_roots(module)
        if root not in allowed
    }

    assert not foreign


def test_no_installed_distribution_takes_one_of_our_names() -> None:
    names = our_packages() | {"benchmarks", "tests"}

    taken = {
        f"{name} comes from {distribution}"
        for name, distributions in packages_distributions().items()
        for distribution in distributions
        if name in names and distribution not in OUR_DISTRIBUTIONS
    }

    assert not taken


def test_no_package_of_ours_hides_one_of_the_standard_library() -> None:
    names = our_packages() | {"benchmarks", "tests"}

    assert not names & sys.stdlib_module_names


def test_only_settings_read_the_environment() -> None:
    modules = our_modules("adapters", "db", "domain", "server", "workers")

    readers = [
        f"{relative(module)}:{line}"
        for module in modules
        if module.name != "settings.py"
        for line in reads_of_the_environment(module)
    ]

    assert not readers


def reads_of_the_environment(module: Path) -> Iterator[int]:
    for node in ast.walk(parsed(module)):
        match node:
            case ast.Call(func=read) if ast.unparse(read) in READS_OF_THE_ENVIRONMENT:
                yield node.lineno
            case ast.Subscript(value=read, ctx=ast.Load()) if (
                ast.unparse(read) in READS_OF_THE_ENVIRONMENT
            ):
                yield node.lineno
            case _:
                pass
