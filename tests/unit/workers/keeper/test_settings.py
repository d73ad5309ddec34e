import pytest
from pydantic import SecretStr, ValidationError

from workers.settings import KeeperSettings

DATABASE, REDIS = SecretStr("postgresql://"), SecretStr("redis://")


def test_addresses_for_alerts_are_separated_by_commas() -> None:
    settings = KeeperSettings(
        database_system_url=DATABASE,
        redis_url=REDIS,
        alerts_email=" guardia@example.com,jefa@example.com ,",
        smtp_url=SecretStr("smtp://relay.example"),
        email_from="avisos@example.com",
    )

    assert settings.alert_addresses == ["guardia@example.com", "jefa@example.com"]


def test_alerts_by_e_mail_need_a_relay() -> None:
    with pytest.raises(ValidationError, match="CAMPOTECH_SMTP_URL"):
        KeeperSettings(
            database_system_url=DATABASE, redis_url=REDIS, alerts_email="guardia@example.com"
        )
