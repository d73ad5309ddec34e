"""`python -m server`: the parent; with `--child N`, which only the parent says, one of its own."""

import argparse
import sys

from pydantic import ValidationError

from adapters.log_output import configure_logs
from adapters.settings import AdapterSettings
from server.metrics import write_metrics_as
from server.parent import run_parent
from server.ports import PortBusyError
from server.settings import ServerSettings

CANNOT_START = 2


def main() -> int:
    """Run the server; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m server")
    arguments.add_argument("--child", type=int, help=argparse.SUPPRESS)
    index: int | None = arguments.parse_args().child
    try:
        settings = ServerSettings()
        adapter_settings = AdapterSettings()
    except ValidationError as error:
        sys.stderr.write(f"The settings are not complete: {_readable(error)}\n")
        return CANNOT_START
    process = "server" if index is None else f"server {index}"
    configure_logs(settings.log_level, process=process)
    if index is None:
        try:
            run_parent(settings)
        except PortBusyError as error:
            sys.stderr.write(f"{error}\n")
            return CANNOT_START
        return 0
    write_metrics_as(index)
    # Only now: metrics are made when their modules are imported.
    from server.child import run_child  # noqa: PLC0415  # see the line above

    run_child(settings, adapter_settings, index)
    return 0


def _readable(error: ValidationError) -> str:
    return "; ".join(
        f"CAMPOTECH_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
        for problem in error.errors()
    )


if __name__ == "__main__":
    sys.exit(main())
