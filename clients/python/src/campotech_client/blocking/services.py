"""Every service with methods that wait; what they promise stands at the asynchronous ones."""

from pathlib import Path

from campotech.tracking.v1.device_pb2 import Device
from campotech_client.blocking.methods import BlockingService, Call, Lists, Watches
from campotech_client.blocking.phone import BlockingPhone
from campotech_client.services.api_keys import ApiKeysClient
from campotech_client.services.connections import ConnectionsClient
from campotech_client.services.directory import DirectoryClient
from campotech_client.services.health import HealthClient
from campotech_client.services.invoicing import InvoicingClient
from campotech_client.services.jobs import JobsClient
from campotech_client.services.messaging import MessagingClient
from campotech_client.services.operations import OperationsClient
from campotech_client.services.proofs import ProofsClient
from campotech_client.services.tracking import TrackingClient


class BlockingJobs(BlockingService[JobsClient]):
    """Creates jobs, moves them through their day, and watches them."""

    create = Call(JobsClient.create)
    get = Call(JobsClient.get)
    list = Lists(JobsClient.list)
    update = Call(JobsClient.update)
    add_note = Call(JobsClient.add_note)
    assign = Call(JobsClient.assign)
    unassign = Call(JobsClient.unassign)
    start_travel = Call(JobsClient.start_travel)
    arrive = Call(JobsClient.arrive)
    start = Call(JobsClient.start)
    pause = Call(JobsClient.pause)
    resume = Call(JobsClient.resume)
    complete = Call(JobsClient.complete)
    cancel = Call(JobsClient.cancel)
    watch = Watches(JobsClient.watch)


class BlockingDirectory(BlockingService[DirectoryClient]):
    """Organisations, the people in them, and their customers."""

    create_organization = Call(DirectoryClient.create_organization)
    get_organization = Call(DirectoryClient.get_organization)
    update_organization = Call(DirectoryClient.update_organization)
    create_member = Call(DirectoryClient.create_member)
    get_member = Call(DirectoryClient.get_member)
    list_members = Lists(DirectoryClient.list_members)
    update_member = Call(DirectoryClient.update_member)
    end_member = Call(DirectoryClient.end_member)
    reactivate_member = Call(DirectoryClient.reactivate_member)
    create_customer = Call(DirectoryClient.create_customer)
    get_customer = Call(DirectoryClient.get_customer)
    list_customers = Lists(DirectoryClient.list_customers)
    update_customer = Call(DirectoryClient.update_customer)


class BlockingProofs(BlockingService[ProofsClient]):
    """Adds photos and signatures to jobs, and reads them."""

    add = Call(ProofsClient.add)
    create_upload = Call(ProofsClient.create_upload)
    confirm = Call(ProofsClient.confirm)
    list = Lists(ProofsClient.list)
    download = Call(ProofsClient.download)


class BlockingConnections(BlockingService[ConnectionsClient]):
    """An organisation's own ways to ARCA and to WhatsApp."""

    request_arca_certificate = Call(ConnectionsClient.request_arca_certificate)
    connect_arca = Call(ConnectionsClient.connect_arca)
    get_arca = Call(ConnectionsClient.get_arca)
    disconnect_arca = Call(ConnectionsClient.disconnect_arca)
    connect_whatsapp = Call(ConnectionsClient.connect_whatsapp)
    get_whatsapp = Call(ConnectionsClient.get_whatsapp)
    disconnect_whatsapp = Call(ConnectionsClient.disconnect_whatsapp)


class BlockingApiKeys(BlockingService[ApiKeysClient]):
    """Makes, lists and revokes the keys that programs call with."""

    create = Call(ApiKeysClient.create)
    list = Lists(ApiKeysClient.list)
    revoke = Call(ApiKeysClient.revoke)


class BlockingTracking(BlockingService[TrackingClient]):
    """Where technicians are; and the phone of one."""

    watch = Watches(TrackingClient.watch)
    list_latest = Lists(TrackingClient.list_latest)
    report = Call(TrackingClient.report)

    def phone(
        self,
        buffer_path: Path | str,
        *,
        platform: Device.Platform.ValueType = Device.PLATFORM_OTHER,
        device_label: str = "",
    ) -> BlockingPhone:
        """Return the phone of the technician whose token this client has.

        `buffer_path` is the file that keeps its fixes and its identity: one per phone. One process
        may have it open (sqlite3.OperationalError).
        """
        phone = self.asynchronous.phone(buffer_path, platform=platform, device_label=device_label)
        return BlockingPhone(self.loop, phone)


class BlockingInvoicing(BlockingService[InvoicingClient]):
    """Reads invoices, which make themselves when a job is completed; begins failed ones anew."""

    create = Call(InvoicingClient.create)
    get = Call(InvoicingClient.get)
    list = Lists(InvoicingClient.list)
    watch = Watches(InvoicingClient.watch)


class BlockingMessaging(BlockingService[MessagingClient]):
    """What was said over WhatsApp, and saying something."""

    list = Lists(MessagingClient.list)
    list_conversations = Lists(MessagingClient.list_conversations)
    send = Call(MessagingClient.send)
    send_template = Call(MessagingClient.send_template)


class BlockingOperations(BlockingService[OperationsClient]):
    """Reads the tasks of the queues, calls them off, decides on dead ones, and pauses queues."""

    get_task = Call(OperationsClient.get_task)
    list_tasks = Lists(OperationsClient.list_tasks)
    cancel_task = Call(OperationsClient.cancel_task)
    list_dead_tasks = Lists(OperationsClient.list_dead_tasks)
    get_dead_task_summary = Call(OperationsClient.get_dead_task_summary)
    retry_dead_tasks = Call(OperationsClient.retry_dead_tasks)
    discard_dead_tasks = Call(OperationsClient.discard_dead_tasks)
    pause_queue = Call(OperationsClient.pause_queue)
    resume_queue = Call(OperationsClient.resume_queue)
    get_queue_pauses = Call(OperationsClient.get_queue_pauses)
    get_queue_metrics = Call(OperationsClient.get_queue_metrics)


class BlockingHealth(BlockingService[HealthClient]):
    """Reads how well the platform works; needs no token."""

    get = Call(HealthClient.get)
    watch = Watches(HealthClient.watch)
