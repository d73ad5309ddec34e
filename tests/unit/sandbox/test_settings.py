import pytest

from sandbox.settings import SandboxSettings


def test_the_offset_moves_the_default_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPOTECH_SANDBOX_PORT", raising=False)
    monkeypatch.delenv("CAMPOTECH_SANDBOX_SMTP_PORT", raising=False)
    monkeypatch.setenv("CAMPOTECH_PORT_OFFSET", "1000")

    assert (SandboxSettings().port, SandboxSettings().smtp_port) == (9090, 9025)


def test_a_port_that_is_set_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_PORT_OFFSET", "1000")
    monkeypatch.setenv("CAMPOTECH_SANDBOX_PORT", "8123")

    assert SandboxSettings().port == 8123


def test_lists_are_read_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_SANDBOX_ARCA_NOT_DELEGATED", "[30000000007]")
    monkeypatch.setenv("CAMPOTECH_SANDBOX_WHATSAPP_TOKENS", '["one"]')

    settings = SandboxSettings()

    assert settings.arca.not_delegated == {30000000007}
    assert settings.whatsapp.tokens == {"one"}
