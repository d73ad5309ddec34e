"""What somebody noted about a job."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import PreconditionError

MOST_NOTES = 50


class TooManyNotesError(PreconditionError):
    reason = "JOB_NOTES_FULL"

    def __init__(self) -> None:
        super().__init__(f"A job has {MOST_NOTES} notes at most.", largest_count=MOST_NOTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNote:
    """`author` is the subject of whoever wrote it, as in audit rows."""

    author: str
    written_at: datetime
    text: str
