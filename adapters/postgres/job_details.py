"""What a job's row holds as JSON: its pauses."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.jobs.visit import Pause, PauseReason

JsonObject = Mapping[str, str | None]


def pauses_to_json(pauses: Sequence[Pause]) -> str:
    """Return pauses as the column holds them."""
    return json.dumps(
        [
            {
                "began_at": pause.began_at.isoformat(),
                "ended_at": pause.ended_at.isoformat() if pause.ended_at else None,
                "reason": pause.reason.value,
                "note": pause.note,
            }
            for pause in pauses
        ]
    )


def pauses_from_json(column: Sequence[JsonObject]) -> tuple[Pause, ...]:
    """Return the pauses in the column."""
    return tuple(
        Pause(
            began_at=datetime.fromisoformat(item["began_at"] or ""),
            ended_at=datetime.fromisoformat(item["ended_at"]) if item["ended_at"] else None,
            reason=PauseReason(item["reason"] or ""),
            note=item["note"] or "",
        )
        for item in column
    )
