"""Asks the Graph API whether a number is opened by a token."""

from functools import partial

import httpx

from adapters.guarded_calls.calls import GuardedCalls, is_failure
from adapters.whatsapp.answers import check_answer
from adapters.whatsapp.channel import GraphChannel
from domain.connections.whatsapp_connection import AccessToken, WhatsAppTokenRefusedError
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.identifiers import OrganizationId
from domain.messaging.ports import LoginRefusedError, MessageRefusedError, SlowDownError

PHONE_NUMBERS = "phone_numbers"
_TOKEN, _NUMBER = "access_token", "phone_number_id"
# What only a phone number has: the API has objects of many kinds under ids of this form.
_FIELDS = "id,display_phone_number"


class CloudApiNumbers:
    """The domain's WhatsAppNumbers; `client` is as the gateway's."""

    def __init__(self, client: httpx.AsyncClient, calls: GuardedCalls) -> None:
        self._channel = GraphChannel(client)
        self._calls = calls

    async def check(
        self, organization_id: OrganizationId, phone_number_id: str, *, token: AccessToken
    ) -> None:
        try:
            await self._calls.make(
                PHONE_NUMBERS,
                partial(self._ask, phone_number_id, token),
                keys=(str(organization_id),),
                is_failure=_is_outage,
            )
        except UnknownOutcomeError as error:
            # It was a question: whatever became of it, it may be asked again.
            raise TemporaryError("WhatsApp did not say whose the number is.") from error

    async def _ask(self, phone_number_id: str, token: AccessToken) -> None:
        answer = await self._channel.get(f"/{phone_number_id}?fields={_FIELDS}", token=token)
        try:
            check_answer(answer)
        except LoginRefusedError as error:
            raise WhatsAppTokenRefusedError(_TOKEN, code=error.metadata["code"]) from error
        except MessageRefusedError as error:
            # Of what a token may not see the API says that it does not exist.
            raise WhatsAppTokenRefusedError(_NUMBER, code=error.failure.code) from error
        named = answer.body.get("id")
        if not named:
            raise UnknownOutcomeError("WhatsApp answered without naming the number.")
        if named != phone_number_id or not answer.body.get("display_phone_number"):
            # Something else has this id: no outage, however often somebody asks for it.
            raise WhatsAppTokenRefusedError(_NUMBER)


def _is_outage(error: BaseException) -> bool:
    """Return whether an error concerns others than the app whose token it is."""
    return is_failure(error) and not isinstance(error, SlowDownError)
