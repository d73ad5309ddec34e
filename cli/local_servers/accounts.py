"""The user that a server runs as when we are root, because Postgres refuses root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.local_servers.children import Account, launch_command
from cli.local_servers.errors import LocalServerError

UNPRIVILEGED = "nobody"
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
# Nothing, if the folders on the way are open to all; then the right to read, for a checkout or
# a Python below a private folder (root's home); then, where files are private as well
# (umask 077), the right to execute them too.
CAPABILITY_LADDER = ((), (CAP_DAC_READ_SEARCH,), (CAP_DAC_OVERRIDE,))


def account_for(probe: Sequence[str], *, folder: Path) -> Account | None:
    """Return None unless we are root; else who can run `probe` inside `folder`, with least rights.

    The folder is given to that user; nothing above it is changed. Raise LocalServerError if
    nobody can.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    except (KeyError, OSError) as error:
        raise LocalServerError(
            f"{Path(probe[0]).name} must not run as root, and {folder} cannot be given to user "
            f"{UNPRIVILEGED}: {error}. Run as an ordinary user."
        ) from error
    failures = []
    for capabilities in CAPABILITY_LADDER:
        account = Account(uid=entry.pw_uid, gid=entry.pw_gid, capabilities=capabilities)
        attempt = subprocess.run(  # noqa: S603  # a program of a wheel, with fixed arguments
            launch_command(probe, directory=folder, account=account),
            capture_output=True,
            text=True,
            check=False,
            env={},
        )
        if attempt.returncode == 0:
            return account
        failures.append(attempt.stderr.strip())
    reasons = "; ".join(dict.fromkeys(failures))
    raise LocalServerError(
        f"{Path(probe[0]).name} must not run as root, and user {UNPRIVILEGED} cannot run it in "
        f"{folder}: {reasons}. Run as an ordinary user, or keep the checkout and its "
        f".venv below a folder that others may enter (chmod o+x)."
    )
