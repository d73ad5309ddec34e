"""How every connection to Postgres notices that the machine at its other end is gone.

A machine that loses its power or its network says nothing. By itself a statement then waits a
quarter of an hour for its answer, and a connection that is idle two hours for its end.
"""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

SILENCE_SECONDS = 10

_WATCHFULNESS = {
    "connect_timeout": 3,
    # For what was sent and never acknowledged; in milliseconds.
    "tcp_user_timeout": SILENCE_SECONDS * 1000,
    # For whoever only waits: the other end is asked after four seconds, and three times at most.
    "keepalives": 1,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def watchful(conninfo: str) -> str:
    """Return how to connect so that ten seconds of silence end the connection.

    What the address itself says of this counts. Raises ProgrammingError if it cannot be read.
    """
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # The library's own words quote the address, with its password.
        raise psycopg.ProgrammingError("The database's address cannot be read.") from None
    return make_conninfo("", **{**_WATCHFULNESS, **given})
