"""The locks agree with one another and let nothing in without a hash."""

import re

import pytest

from tests.architecture.repository import ROOT

LOCKS = ("requirements-dev.lock", "requirements-uv.lock", "requirements.lock")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)", re.MULTILINE)
START_OF_ENTRY = re.compile(r"^(?=[^\s#])", re.MULTILINE)


def pins(lock: str) -> set[tuple[str, str]]:
    text = (ROOT / lock).read_text()
    return {(pin["name"], pin["version"]) for pin in PIN.finditer(text)}


def test_tests_run_on_the_versions_that_are_deployed() -> None:
    deployed, developed = pins("requirements.lock"), pins("requirements-dev.lock")

    assert deployed
    assert not deployed - developed


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_an_exact_version_and_a_hash(lock: str) -> None:
    entries = START_OF_ENTRY.split((ROOT / lock).read_text())[1:]

    loose = [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry]

    assert entries
    assert not loose


def test_the_build_backend_is_locked_because_members_are_built_without_isolation() -> None:
    for lock in ("requirements-dev.lock", "requirements.lock"):
        names = {name for name, _ in pins(lock)}

        assert {"editables", "hatchling"} <= names
