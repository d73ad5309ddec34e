from pathlib import Path

from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import running_sandbox


def test_a_restart_forgets_neither_a_cae_nor_a_ticket(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running_sandbox(settings) as first:
        arca = first.arca_client()
        authorised = arca.request_cae(arca.record_c(1))

    with running_sandbox(settings) as second:
        arca.http = second.http
        found = arca.look_up(1)
        repeated = arca.request_cae(arca.record_c(1))

    assert found.text("CodAutorizacion") == authorised.text("CAE")
    assert repeated.codes("Err") == [10016]


def test_without_a_folder_every_start_is_the_first() -> None:
    with running_sandbox(SandboxSettings()) as first:
        arca = first.arca_client()
        arca.request_cae(arca.record_c(1))

    with running_sandbox(SandboxSettings()) as second:
        again = second.arca_client()
        number = again.last_number()

    assert number == 0
