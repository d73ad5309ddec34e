"""Forgotten uploads in memory."""

from collections.abc import Sequence

from domain.errors import TemporaryError
from domain.jobs.job_proof import ProofUpload


class InMemoryForgottenUploads:
    """The domain's ForgottenUploads; `is_away` makes it forget nothing."""

    def __init__(self, *uploads: ProofUpload) -> None:
        self.waiting = list(uploads)
        self.is_away = False

    async def forgotten(self, limit: int) -> Sequence[ProofUpload]:
        return self.waiting[:limit]

    async def forget(self, uploads: Sequence[ProofUpload]) -> None:
        if self.is_away:
            raise TemporaryError("away")
        self.waiting = [upload for upload in self.waiting if upload not in uploads]
