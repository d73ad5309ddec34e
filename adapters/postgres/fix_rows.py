"""Fixes and cursors as the columns of one statement.

Hundreds of phones share a flush, so values travel as one array per column and not as rows. The
arrays hold numbers and UUIDs only, so they are written here: psycopg would look at each value.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.tracking.ports import FixBatch
from domain.tracking.ranges import SeqRanges, merge_ranges

DAY_MICROSECONDS = 86_400_000_000
LARGEST_CURSOR_BYTES = 4096
"""Some 500 gaps. A cursor beyond that stands still: what it does not say is sent again."""

STORE = """
INSERT INTO technician_locations (organization_id, recorded_at, received_at, install_number, seq,
  latitude_e7, longitude_e7, accuracy_decimeters, speed_decimeters_per_second,
  heading_decidegrees, battery_percent, is_mock)
SELECT organization_id, to_timestamp(recorded_at / 1e6), to_timestamp(received_at / 1e6),
  install_number, seq, latitude_e7, longitude_e7, accuracy_decimeters,
  speed_decimeters_per_second, heading_decidegrees, battery_percent::"char", is_mock
FROM unnest(%(organization_ids)s::uuid[], %(recorded_at)s::float8[], %(received_at)s::float8[],
  %(install_numbers)s::integer[], %(seqs)s::integer[], %(latitudes)s::integer[],
  %(longitudes)s::integer[], %(accuracies)s::smallint[], %(speeds)s::smallint[],
  %(headings)s::smallint[], %(batteries)s::integer[], %(mocks)s::boolean[])
  AS fix (organization_id, recorded_at, received_at, install_number, seq, latitude_e7,
    longitude_e7, accuracy_decimeters, speed_decimeters_per_second, heading_decidegrees,
    battery_percent, is_mock)
ON CONFLICT DO NOTHING;
UPDATE device_installs AS install
SET acked = install.acked + batch.stored
FROM unnest(%(cursor_organization_ids)s::uuid[], %(cursor_numbers)s::integer[],
  %(cursor_ranges)s::int4multirange[]) AS batch (organization_id, number, stored)
WHERE install.organization_id = batch.organization_id AND install.number = batch.number
  AND NOT install.acked @> batch.stored
  AND pg_column_size(install.acked + batch.stored)
    <= greatest(pg_column_size(install.acked), %(largest_cursor)s)
"""


def store_parameters(batches: Sequence[FixBatch]) -> dict[str, object]:
    """Return what `STORE` binds."""
    # In one order everywhere, so that two processes cannot wait for each other's rows.
    ordered = sorted(batches, key=lambda batch: batch.install.number)
    fixes = [fix for batch in ordered for fix in batch.fixes]
    columns = list(zip(*fixes, strict=True))
    seqs, recorded_at, latitudes, longitudes, accuracies, speeds, headings, batteries, mocks = (
        columns
    )
    return {
        "organization_ids": _repeated(
            (str(batch.install.organization_id), len(batch.fixes)) for batch in ordered
        ),
        "received_at": _repeated((str(batch.received_at), len(batch.fixes)) for batch in ordered),
        "install_numbers": _repeated(
            (str(batch.install.number), len(batch.fixes)) for batch in ordered
        ),
        "seqs": _array(seqs),
        "recorded_at": _array(recorded_at),
        "latitudes": _array(latitudes),
        "longitudes": _array(longitudes),
        "accuracies": _array(accuracies),
        "speeds": _array(speeds),
        "headings": _array(headings),
        "batteries": _array(batteries),
        "mocks": _array(mocks),
        **_cursor_parameters(ordered),
        "largest_cursor": LARGEST_CURSOR_BYTES,
    }


def days_of(batches: Iterable[FixBatch]) -> set[int]:
    """Return the days (since 1970, UTC) whose partitions the fixes belong in."""
    return {fix.recorded_at // DAY_MICROSECONDS for batch in batches for fix in batch.fixes}


def _cursor_parameters(ordered: Sequence[FixBatch]) -> Mapping[str, object]:
    # One row for each numbering: an UPDATE applies only one of several rows that match.
    stored: dict[tuple[str, int], SeqRanges] = {}
    for batch in ordered:
        key = (str(batch.install.organization_id), batch.install.number)
        stored[key] = merge_ranges(stored.get(key, ()), batch.stored)
    return {
        "cursor_organization_ids": _text_array(organization for organization, _ in stored),
        "cursor_numbers": _array(number for _, number in stored),
        "cursor_ranges": _text_array(f'"{_multirange(ranges)}"' for ranges in stored.values()),
    }


def _multirange(ranges: SeqRanges) -> str:
    return "{" + ",".join(f"[{item.first},{item.last}]" for item in ranges) + "}"


def _array(values: Iterable[float | None]) -> str:
    # Python writes numbers and booleans as Postgres reads them, all of a list at once.
    return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def _text_array(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"


def _repeated(counted: Iterable[tuple[str, int]]) -> str:
    return "{" + ",".join([",".join([text] * count) for text, count in counted]) + "}"
