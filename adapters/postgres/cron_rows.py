"""Entries of the cron between their rows and the domain."""

from psycopg.rows import TupleRow

from domain.operations.cron import CatchUp, CronEntry

COLUMNS = """name, schedule, time_zone, task_type, payload, catch_up, is_enabled, decided_until,
  last_fire_at, next_fire_at"""


def to_entry(row: TupleRow) -> CronEntry:
    """Return the entry in the first columns of a row."""
    return CronEntry(
        name=row[0],
        schedule=row[1],
        time_zone=row[2],
        task_type=row[3],
        payload=row[4],
        catch_up=CatchUp(row[5]),
        is_enabled=row[6],
        decided_until=row[7],
        last_fire_at=row[8],
        next_fire_at=row[9],
    )
