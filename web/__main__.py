"""`python -m web`: serves the links to the local folder of blobs until SIGTERM."""

import sys

from pydantic import ValidationError

from adapters.blobs.opening import NoBlobFolderError
from adapters.blobs.signing_keys import SigningKeySettingError
from adapters.log_output import configure_logs
from web.serve import PortBusyError, serve
from web.settings import WebSettings

CANNOT_START = 2


def main() -> int:
    """Run the process; return the exit code."""
    try:
        settings = WebSettings()
    except ValidationError as error:
        sys.stderr.write(f"The settings are not complete: {_readable(error)}\n")
        return CANNOT_START
    configure_logs(settings.log_level, process="web")
    try:
        serve(settings)
    except (NoBlobFolderError, PortBusyError, SigningKeySettingError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    return 0


def _readable(error: ValidationError) -> str:
    return "; ".join(
        f"CAMPOTECH_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
        for problem in error.errors()
    )


if __name__ == "__main__":
    sys.exit(main())
