import pytest

from tests.architecture.contract import pool
from tests.support.fuzzing.vocabulary import collection_of


@pytest.mark.parametrize(
    ("field", "collection"),
    [
        ("directory.v1.GetArcaConnectionRequest.name", "arcaConnection"),
        ("directory.v1.GetOrganizationRequest.name", "organizations"),
        ("directory.v1.RevokeApiKeyRequest.name", "apiKeys"),
        ("jobs.v1.AssignJobRequest.technician", "members"),
        ("jobs.v1.CancelJobRequest.note", ""),
        ("jobs.v1.ConfirmJobProofRequest.name", "proofs"),
        ("jobs.v1.CreateJobRequest.parent", "organizations"),
        ("jobs.v1.Job.name", "jobs"),
        ("jobs.v1.ListJobProofsRequest.parent", "jobs"),
        ("tracking.v1.WatchLocationsRequest.technicians", "members"),
    ],
)
def test_a_field_tells_what_it_holds_names_of(field: str, collection: str) -> None:
    found = pool().FindFieldByName(f"campotech.{field}")

    assert collection_of(found) == collection
