"""What files are called, where they lie and what none of them may contain."""

import re

import pytest

from tests.architecture.repository import (
    GENERATED,
    ROOT,
    our_modules,
    relative,
    tracked_files,
)

NAMES_THAT_SAY_NOTHING = {"base", "common", "core", "helper", "helpers", "misc", "util", "utils"}

OF_ONE_MACHINE = {
    "a path of one machine": re.compile(r"(?<![\w.$})*-])/(?:work|root)(?=[/\s\"'`]|$)"),
    "the host of a package registry": re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org"
    ),
}
SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore|noqa|pragma:)")
EXPLAINED_SUPPRESSION = re.compile(
    r"#\s*(?:type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]|noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)"
    r"\s+(?:#|--?)\s+\w"
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


def test_no_file_has_a_name_that_says_nothing() -> None:
    nameless = [
        relative(module)
        for module in our_modules()
        if {*module.relative_to(ROOT).parts[:-1], module.stem} & NAMES_THAT_SAY_NOTHING
    ]

    assert not nameless


def test_every_top_level_folder_is_explained_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = {file.relative_to(ROOT).parts[0] for file in tracked_files() if file.parent != ROOT}

    unexplained = {
        folder for folder in folders if not folder.startswith(".") and f"{folder}/" not in readme
    }

    assert not unexplained


@pytest.mark.parametrize("what", OF_ONE_MACHINE)
def test_no_file_contains(what: str) -> None:
    pattern = OF_ONE_MACHINE[what]

    findings = [
        f"{relative(file)}:{number}: {line.strip()}"
        for file in tracked_files()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]

    assert not findings


def test_every_suppression_names_its_code_and_its_reason() -> None:
    unexplained = [
        f"{relative(module)}:{number}: {line.strip()}"
        for module in our_modules()
        for number, line in enumerate(module.read_text().splitlines(), start=1)
        if SUPPRESSION.search(line) and not EXPLAINED_SUPPRESSION.search(line)
    ]

    assert not unexplained


def test_every_link_between_documents_leads_somewhere() -> None:
    dangling = [
        f"{relative(document)} links to {target}"
        for document in tracked_files("*.md")
        for target in LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]

    assert not dangling


def test_generated_code_is_no_package_of_its_own_root() -> None:
    initialisers = [relative(file) for file in GENERATED.rglob("__init__.py")]

    assert not initialisers


def test_contracts_never_become_an_importable_package() -> None:
    assert not (ROOT / "proto" / "__init__.py").exists()


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(file.name[:4]) for file in (ROOT / "docs" / "adr").glob("*.md"))

    assert numbers == list(range(1, len(numbers) + 1))
