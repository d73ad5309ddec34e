"""Where a technician is, as viewers see it."""

from typing import NamedTuple

from domain.identifiers import MemberId, OrganizationId
from domain.tracking.fix import Fix


class Position(NamedTuple):
    """The newest fix of a technician."""

    organization_id: OrganizationId
    technician_id: MemberId
    fix: Fix
    received_at: int
    """Unix microseconds by our clock."""
