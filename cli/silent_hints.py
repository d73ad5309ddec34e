"""Commits of the command line tell nobody: relay and streams find what they did by themselves."""


class SilentHints:
    """What a transaction is told to do after its commit: nothing."""

    def tasks_ready(self, tasks: object) -> None: ...

    def events_published(self, organization_id: object) -> None: ...
