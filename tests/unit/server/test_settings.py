import pytest
from pydantic import ValidationError

from server.child import pool_sizes
from server.settings import ServerSettings

KEYS = "file:///keys.json"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("PORT_OFFSET", "GRPC_PORT", "METRICS_PORT", "ENVIRONMENT", "REFLECTION"):
        monkeypatch.delenv(f"CAMPOTECH_{name}", raising=False)


def test_one_setting_moves_every_port_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_PORT_OFFSET", "1000")
    monkeypatch.setenv("CAMPOTECH_METRICS_PORT", "7000")

    settings = ServerSettings(jwks_url=KEYS)

    assert settings.grpc_port == 51_051
    assert [settings.private_port(index) for index in range(2)] == [51_052, 51_053]
    assert settings.metrics_port == 7000


def test_reflection_is_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    in_development = ServerSettings(jwks_url=KEYS).reflection
    monkeypatch.setenv("CAMPOTECH_ENVIRONMENT", "production")
    in_production = ServerSettings(jwks_url=KEYS).reflection

    assert in_development
    assert not in_production


def test_reflection_may_be_set_for_production_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_ENVIRONMENT", "production")
    monkeypatch.setenv("CAMPOTECH_REFLECTION", "true")

    assert ServerSettings(jwks_url=KEYS).reflection


@pytest.mark.parametrize("url", ["", "keys.json", "ftp://keys.example/jwks", "redis://keys"])
def test_keys_come_from_a_file_or_over_http(url: str) -> None:
    with pytest.raises(ValidationError, match="jwks_url"):
        ServerSettings(jwks_url=url)


def test_in_production_keys_never_come_over_plain_http() -> None:
    with pytest.raises(ValidationError, match="CAMPOTECH_JWKS_URL"):
        ServerSettings(jwks_url="http://keys.example/jwks", environment="production")


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 8])
def test_more_processes_take_no_more_connections(processes: int) -> None:
    settings = ServerSettings(jwks_url=KEYS, server_processes=processes)

    sizes = pool_sizes(settings)

    with_probes = processes * (sizes.app + sizes.system + 1)
    assert sizes.app >= 2
    assert sizes.system >= 1
    assert with_probes <= 34


def test_a_proxy_that_is_no_network_is_named() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        ServerSettings(jwks_url=KEYS, trusted_proxies="127.0.0.1/8")
