"""The three roles of the database, made once per cluster by a superuser.

`campotech_owner` owns every table and runs migrations, `campotech_app` is what use cases run as
(row-level security decides what it sees), `campotech_system` works across tenants on a closed list
of tables. None may bypass row-level security, and none is a member of another.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from adapters.postgres.conninfo import watchful

OWNER = "campotech_owner"
APP = "campotech_app"
SYSTEM = "campotech_system"
ROLES = (OWNER, APP, SYSTEM)


def create_roles(superuser_conninfo: str, passwords: Mapping[str, str]) -> None:
    """Create the roles that do not exist yet and set each one's password."""
    with psycopg.connect(watchful(superuser_conninfo), autocommit=True) as connection:
        for role in ROLES:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if known.fetchone() else "CREATE"
            connection.execute(
                sql.SQL(
                    "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
                    " PASSWORD {password}"
                ).format(
                    verb=sql.SQL(verb),
                    role=sql.Identifier(role),
                    password=sql.Literal(passwords[role]),
                )
            )
