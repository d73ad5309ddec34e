"""What can go wrong on this machine, in words that tell its owner what to do."""


class LocalServerError(Exception):
    """Something about this machine keeps a local server from running; the message says what."""


class PortBusyError(LocalServerError):
    """Another program has a port that one of ours needs."""


class StartError(LocalServerError):
    """A program ended, or stayed silent, instead of becoming ready."""


class AlreadyRunningError(LocalServerError):
    """Another process uses the same state folder."""
