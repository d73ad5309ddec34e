"""A task's e-mail goes to the relay: as often as it takes, and every time as the same message."""

from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock
from domain.commands import CommandContext
from domain.errors import InvalidInputError, PreconditionError
from domain.identifiers import MemberId, NotificationId, birth_time
from domain.insistence import insist
from domain.notifications.email import Email, address_digest, check_address
from domain.notifications.notification_log import Channel, NotificationLog, NotificationState
from domain.notifications.ports import (
    EmailPostponedError,
    EmailRefusedError,
    EmailSender,
    NotificationStore,
)
from domain.notifications.templates import Data, email_template
from domain.operations.task import ParkTask

NO_ADDRESS = "MEMBER_WITHOUT_EMAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEmail:
    """Whom to tell what: a member by id, or anybody else by address."""

    template: str
    data: Data
    member_id: MemberId | None = None
    address: str = ""

    def __post_init__(self) -> None:
        if (self.member_id is None) == (not self.address):
            raise InvalidInputError(
                "An e-mail goes to a member or to an address: name one of the two.",
                field="address",
            )


async def send_email(
    store: NotificationStore,
    sender: EmailSender,
    clock: Clock,
    *,
    context: CommandContext,
    command: SendEmail,
) -> None:
    """Send the e-mail, note how that ended, and complete the task with the note.

    SMTP cannot be asked what became of a message. Where an answer was lost, or the worker died
    before it noted one, the next attempt sends the same message again, under the same Message-ID,
    which is what receivers know a repeat by. A refusal is noted before it is raised.
    """
    if context.task is None:
        raise PreconditionError("An e-mail is sent by a task: its id names the message.")
    notification_id = NotificationId(context.task.task_id)
    ending = _Ending(notification_id, command, context)
    text = email_template(command.template).render(command.data)
    try:
        address = command.address or await _address_of(store, context, command.member_id)
        check_address(address, field="address")
        await sender.send(
            Email(
                key=str(notification_id),
                to=address,
                subject=text.subject,
                text=text.text,
                html=text.html,
                written_at=birth_time(notification_id),
            )
        )
    except EmailRefusedError as refusal:
        failed = ending.failed(refusal.code, refusal.text, clock.now())
        await insist(lambda: _record(store, context, failed))
        raise
    except EmailPostponedError as postponed:
        raise ParkTask(postponed.wait_seconds, postponed.cause) from postponed
    sent = ending.sent(clock.now())
    await insist(lambda: _record(store, context, sent))


@dataclass(frozen=True, slots=True)
class _Ending:
    notification_id: NotificationId
    command: SendEmail
    context: CommandContext

    def sent(self, at: datetime) -> NotificationLog:
        return self._log(NotificationState.SENT, at)

    def failed(self, code: str, message: str, at: datetime) -> NotificationLog:
        return self._log(NotificationState.FAILED, at, code=code, message=message)

    def _log(
        self, state: NotificationState, at: datetime, *, code: str = "", message: str = ""
    ) -> NotificationLog:
        address = self.command.address
        organization_id = self.context.organization_id
        return NotificationLog(
            id=self.notification_id,
            organization_id=organization_id,
            channel=Channel.EMAIL,
            state=state,
            template=self.command.template,
            member_id=self.command.member_id,
            address_digest=address_digest(organization_id, address) if address else None,
            failure_code=code,
            failure_message=message,
            finished_at=at,
        )


async def _address_of(
    store: NotificationStore, context: CommandContext, member_id: MemberId | None
) -> str:
    if member_id is None:
        return ""
    async with store.transaction(context) as transaction:
        address = await transaction.email_address_of(member_id)
    if not address:
        raise EmailRefusedError(NO_ADDRESS, "the member has no e-mail address")
    return address


async def _record(store: NotificationStore, context: CommandContext, log: NotificationLog) -> None:
    async with store.transaction(context) as transaction:
        await transaction.record(log)
        if log.state is NotificationState.SENT:
            transaction.finish_task()
