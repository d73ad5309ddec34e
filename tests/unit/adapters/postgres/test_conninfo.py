import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.conninfo import watchful

WATCHFULNESS = {
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
}
ADDRESSES = [
    "postgresql://app:p%40ss%20word@one:5432,two:5433/campotech?target_session_attrs=read-write",
    "host=one,two port=5432,5433 user=app password='p@ss word' target_session_attrs=read-write",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_address_leads_where_it_led_and_ten_seconds_of_silence_end_the_connection(
    address: str,
) -> None:
    watched = conninfo_to_dict(watchful(address))

    assert watched.items() >= conninfo_to_dict(address).items()
    assert watched.keys() >= WATCHFULNESS
    assert watched["tcp_user_timeout"] == "10000"


def test_what_the_address_says_of_silence_counts() -> None:
    watched = conninfo_to_dict(watchful("postgresql://one/campotech?tcp_user_timeout=60000"))

    assert watched["tcp_user_timeout"] == "60000"
    assert watched["keepalives_idle"] == "4"


def test_an_address_that_cannot_be_read_is_refused_without_quoting_it() -> None:
    with pytest.raises(psycopg.ProgrammingError) as refused:
        watchful("postgres//app:secret@one/campotech")

    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__
