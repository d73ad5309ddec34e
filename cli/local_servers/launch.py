"""Become another program that ends with the process which started this one.

Runs as a script of its own between fork and exec, because Python code between the two
(`preexec_fn`) can deadlock in a program with threads, and ours has gRPC's. It imports nothing of
ours: it must start in milliseconds and must not need the checkout once it has given up root.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CANNOT_EXECUTE = 126


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def _become(libc: ctypes.CDLL, uid: int, gid: int, capabilities: list[int]) -> None:
    if capabilities:
        # Else a change of user drops them, and access(2), which initdb asks about its own files,
        # does as if they were not there.
        _check(
            libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0),
            "prctl(PR_SET_SECUREBITS)",
        )
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    kept = sum(1 << capability for capability in capabilities)
    header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
    sets = (_CapabilitySets * 2)(_CapabilitySets(kept, kept, kept), _CapabilitySets(0, 0, 0))
    _check(libc.capset(ctypes.byref(header), sets), "capset")
    for capability in capabilities:
        _check(
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0),
            f"prctl(PR_CAP_AMBIENT_RAISE, {capability})",
        )


def _end_with(libc: ctypes.CDLL, parent: int, death_signal: int) -> None:
    # After the change of user, which clears it.
    _check(libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(CANNOT_EXECUTE)


def main() -> None:
    options = json.loads(sys.argv[1])
    command = sys.argv[2:]
    try:
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            if options["uid"] is not None:
                _become(libc, options["uid"], options["gid"], options["capabilities"])
            _end_with(libc, options["parent"], options["death_signal"])
        if options["directory"] is not None:
            os.chdir(options["directory"])
        # Python ignores these two, and what is ignored stays ignored through exec.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execv(command[0], command)  # noqa: S606  # the whole point: no shell between
    except OSError as error:
        sys.stderr.write(f"Cannot run {command[0]}: {error}\n")
        sys.exit(CANNOT_EXECUTE)


if __name__ == "__main__":
    main()
