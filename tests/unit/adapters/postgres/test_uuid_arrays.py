from uuid import UUID

from adapters.postgres.uuid_arrays import uuid_array

FIRST = UUID("019b796d-d600-7000-8000-000000000001")
SECOND = UUID("019b796d-d600-7000-8000-000000000002")


def test_ids_are_written_as_postgres_reads_an_array() -> None:
    written = uuid_array([FIRST, SECOND])

    assert [UUID(part) for part in written.strip("{}").split(",")] == [FIRST, SECOND]


def test_no_ids_are_an_empty_array() -> None:
    assert uuid_array([]) == "{}"
