import psycopg
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.servers import Database


def campotech(database: Database, *words: str) -> Result:
    environment = {"CAMPOTECH_DATABASE_URL": database.app_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, ["cron", *words], env=environment)


def execute(database: Database, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_the_list_says_what_runs_when(database: Database) -> None:
    execute(
        database,
        "UPDATE cron_entries SET time_zone = 'America/Argentina/Buenos_Aires',"
        " last_fire_at = '2031-11-22 10:07+00', next_fire_at = '2031-11-22 11:07+00'"
        " WHERE name = 'partitions-make'",
    )
    execute(database, "UPDATE cron_entries SET is_enabled = false WHERE name = 'partitions-drop'")

    listed = campotech(database, "list")

    heading, dropping, making = (line.split() for line in listed.stdout.splitlines())
    assert heading[0] == "ENTRY"
    assert (dropping[0], dropping[-2:]) == ("partitions-drop", ["never", "disabled"])
    assert making == [
        *("partitions-make", "7", "*", "*", "*", "*", "Buenos", "Aires"),
        *("partitions:maintain", "make", "once", "2031-11-22", "07:07", "2031-11-22", "08:07"),
    ]


def test_a_run_dispatches_the_entrys_task_and_is_audited(database: Database) -> None:
    ran = campotech(database, "run", "partitions-make")

    tasks = execute(database, "SELECT type, payload, state, idempotency_key FROM tasks")
    assert ran.exit_code == 0
    assert [task[:3] for task in tasks] == [("partitions:maintain", {"job": "make"}, "ready")]
    assert str(tasks[0][3]) in ran.stdout
    assert execute(database, "SELECT action, details FROM audit_logs") == [
        ("cron_entry_run", {"name": "partitions-make"})
    ]


def test_an_entry_that_does_not_exist_cannot_be_run(database: Database) -> None:
    ran = campotech(database, "run", "nothing")

    assert ran.exit_code == 1
    assert "no such" in ran.stderr
    assert execute(database, "SELECT count(*) FROM tasks") == [(0,)]
