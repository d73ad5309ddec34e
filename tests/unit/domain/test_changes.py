"""Changes of fields: kept, set, emptied, and told by name."""

from dataclasses import dataclass, fields

import pytest

from domain.changes import KEEP, Keep, WithFields, changed_fields, with_changes
from domain.directory.customer import Customer
from domain.directory.customer_changes import CustomerChanges
from domain.directory.member import Member
from domain.directory.member_changes import MemberChanges
from domain.directory.organization import Organization
from domain.directory.organization_changes import OrganizationChanges


@dataclass(frozen=True)
class Thing:
    name: str
    note: str | None = None
    size: int = 1


@dataclass(frozen=True)
class ThingChanges:
    name: str | Keep = KEEP
    note: str | Keep | None = KEEP


def test_what_is_not_said_stays() -> None:
    thing = Thing("a", "b", 2)

    assert with_changes(thing, ThingChanges()) == thing


def test_a_field_is_set_or_emptied() -> None:
    changed = with_changes(Thing("a", "b", 2), ThingChanges(name="c", note=None))

    assert changed == Thing("c", None, 2)


def test_only_what_differs_is_named() -> None:
    before, changes = Thing("a", "b"), ThingChanges(name="a", note="c")

    assert changed_fields(before, with_changes(before, changes), changes) == ["note"]


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        (Customer, CustomerChanges),
        (Member, MemberChanges),
        (Organization, OrganizationChanges),
    ],
)
def test_changes_name_fields_that_there_are(
    resource: type[WithFields], changes: type[WithFields]
) -> None:
    assert _names(changes) < _names(resource)


def _names(kind: type[WithFields]) -> set[str]:
    return {field.name for field in fields(kind)}
