import pytest
from pydantic import SecretStr, ValidationError

from adapters.settings import AdapterSettings


def test_an_address_that_is_no_redis_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValidationError) as refusal:
        AdapterSettings(
            database_url=SecretStr("postgresql://app@db/campotech"),
            database_system_url=SecretStr("postgresql://system@db/campotech"),
            redis_url=SecretStr("amqp://guest:secret@rabbit/"),
        )

    (error,) = refusal.value.errors()
    assert error["loc"] == ("redis_url",)
    assert "must begin with redis://, rediss://, unix://" in error["msg"]
    assert "secret" not in str(refusal.value)
