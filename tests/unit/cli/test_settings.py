"""One setting moves every port, and a port that is set stays where it is."""

import re

import pytest
from pydantic import ValidationError

from cli.settings import LocalSettings, complaints


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LocalSettings.model_fields:
        monkeypatch.delenv(f"CAMPOTECH_{name.upper()}", raising=False)


def test_the_offset_moves_every_port(monkeypatch: pytest.MonkeyPatch) -> None:
    here = dict(LocalSettings(server_processes=2).ports())
    monkeypatch.setenv("CAMPOTECH_PORT_OFFSET", "100")

    there = dict(LocalSettings(server_processes=2).ports())

    assert there == {setting: port + 100 for setting, port in here.items()}


def test_two_platforms_with_different_offsets_share_no_port() -> None:
    one = {port for _, port in LocalSettings(server_processes=8).ports()}
    two = {port for _, port in LocalSettings(server_processes=8, port_offset=100).ports()}

    assert not one & two


def test_a_port_that_is_set_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_PORT_OFFSET", "100")
    monkeypatch.setenv("CAMPOTECH_EDGE_PORT", "9000")

    settings = LocalSettings()

    assert settings.edge_url == "http://127.0.0.1:9000"
    assert settings.grpc_address == "127.0.0.1:50151"


def test_every_program_has_a_metrics_port_of_its_own() -> None:
    settings = LocalSettings()

    assert settings.metrics_port_of("server") == 9464
    assert settings.metrics_port_of("keeper") == 9468
    assert settings.metrics_port_of("web") == 9469


def test_a_second_server_has_ports_that_nobody_else_has() -> None:
    settings = LocalSettings(server_processes=2, servers=2)

    ports = [port for _, port in settings.ports()]

    assert settings.private_ports() == [50_052, 50_053, 50_054, 50_055]
    assert settings.grpc_port_of("server-2") == 50_056
    assert settings.metrics_port_of("server-2") == 9470
    assert len(set(ports)) == len(ports) == len(LocalSettings(server_processes=2).ports()) + 4


def test_web_pages_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_CORS_ORIGINS", "https://app.campotech.dev,http://localhost:9")

    assert LocalSettings().cors_origins == ("https://app.campotech.dev", "http://localhost:9")


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("CAMPOTECH_PORT_OFFSET", "many", "CAMPOTECH_PORT_OFFSET: .*integer"),
        ("CAMPOTECH_PORT_OFFSET", "60000", "CAMPOTECH_EDGE_PORT: .*less than 65536"),
        ("CAMPOTECH_SERVER_PROCESSES", "0", "CAMPOTECH_SERVER_PROCESSES: .*greater than 0"),
        (
            "CAMPOTECH_EDGE_PORT",
            "8090",
            "CAMPOTECH_EDGE_PORT and CAMPOTECH_SANDBOX_PORT both come to port 8090",
        ),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ValidationError) as refusal:
        LocalSettings()

    assert re.search(complaint, "\n".join(complaints(refusal.value)))
