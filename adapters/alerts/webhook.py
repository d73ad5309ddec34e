"""Alerts to a webhook, as JSON that chat tools show and programs can read."""

import asyncio

import httpx

from domain.alerts import Notice
from domain.errors import TemporaryError

DEADLINE_SECONDS = 5.0


class WebhookSender:
    """The domain's AlertSender; anything but a success is tried again.

    The header `Idempotency-Key` is the same in every try, for an answer may get lost.
    """

    name = "webhook"

    def __init__(
        self, client: httpx.AsyncClient, url: str, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._client = client
        self._url = url
        self._deadline_seconds = deadline_seconds

    async def send(self, notice: Notice) -> None:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                response = await self._client.post(
                    self._url,
                    json=_body(notice),
                    headers={"Idempotency-Key": notice.id},
                    timeout=self._deadline_seconds,
                )
        except (httpx.HTTPError, TimeoutError) as error:
            # The address is a secret: errors of the client say it.
            raise TemporaryError(f"The webhook did not answer: {type(error).__name__}.") from None
        if not response.is_success:
            raise TemporaryError(f"The webhook answered {response.status_code}.")


def _body(notice: Notice) -> dict[str, str]:
    return {
        "id": notice.id,
        "key": notice.key,
        "severity": notice.severity.value,
        "text": notice.text,
        "time": notice.told_at.isoformat(),
    }
