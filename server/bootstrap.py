"""The composition root: which services there are, and in which order a call meets interceptors."""

from functools import partial
from importlib.metadata import version

from prometheus_client import CollectorRegistry

from adapters.traces.ports import Traces
from adapters.wiring import Adapters
from campotech.directory.v1 import (
    api_keys_pb2,
    api_keys_pb2_grpc,
    connections_pb2,
    connections_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
)
from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.invoicing.v1 import invoices_pb2, invoices_pb2_grpc
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from campotech.messaging.v1 import messages_pb2, messages_pb2_grpc
from campotech.operations.v1 import queues_pb2, queues_pb2_grpc
from campotech.tracking.v1 import locations_pb2, locations_pb2_grpc
from campotech.webhooks.v1 import webhooks_pb2, webhooks_pb2_grpc
from domain.connections.ports import WhatsAppNumbers
from domain.health.ports import HealthView
from domain.identifiers import IdSource
from domain.jobs.proof_ports import ProofPorts
from domain.limits.ports import SharedCounts
from domain.tracking.use_cases.stream_locations import TrackingPorts
from domain.webhooks.use_cases.receive_whatsapp import WebhookPorts
from server.api_keys import ApiKeyVerifier
from server.api_server import ApiServer, Service
from server.call_limits import CallLimits
from server.interceptors.authentication import AuthenticationInterceptor
from server.interceptors.authorisation import AuthorisationInterceptor
from server.interceptors.chain import InterceptorChain
from server.interceptors.deadline import DeadlineInterceptor
from server.interceptors.domain_errors import DomainErrorInterceptor
from server.interceptors.limits import LimitsInterceptor
from server.interceptors.logging import LoggingInterceptor
from server.interceptors.metrics import MetricsInterceptor
from server.interceptors.request_id import RequestIdInterceptor
from server.interceptors.request_validation import RequestValidationInterceptor
from server.interceptors.tracing import TracingInterceptor
from server.late_refusals import LateRefusals
from server.networks import parse_networks
from server.peers import Peers
from server.request_rules import RequestRules
from server.roles import METHOD_ROLES, PUBLIC_METHODS
from server.services.api_keys import ApiKeyService
from server.services.connections import ConnectionService
from server.services.directory import DirectoryService
from server.services.health import HealthService
from server.services.invoicing import InvoicingService
from server.services.jobs import JobService
from server.services.messaging import MessagingService
from server.services.queues import QueueService
from server.services.tracking import TrackingService
from server.services.tracking_metrics import TrackingMetrics
from server.services.webhook_metrics import WebhookMetrics
from server.services.webhooks import WebhookService
from server.settings import ServerSettings
from server.tokens import TokenVerifier


def build_server(
    services: list[Service],
    settings: ServerSettings,
    *,
    tokens: TokenVerifier,
    api_keys: ApiKeyVerifier,
    ids: IdSource,
    shared_counts: SharedCounts,
    registry: CollectorRegistry,
    traces: Traces | None = None,
) -> ApiServer:
    """Return a server that listens nowhere yet; tests give it services of their own."""
    limits = CallLimits.of(settings, shared_counts)
    peers = Peers(parse_networks(settings.trusted_proxies))
    interceptors = [
        RequestIdInterceptor(ids),
        *([TracingInterceptor(traces)] if traces else []),
        LoggingInterceptor(),
        MetricsInterceptor(registry),
        DomainErrorInterceptor(),
        AuthenticationInterceptor(
            tokens, api_keys, PUBLIC_METHODS, addresses=limits.addresses, peers=peers
        ),
        AuthorisationInterceptor(METHOD_ROLES, PUBLIC_METHODS),
        LimitsInterceptor(
            limits,
            peers,
            PUBLIC_METHODS,
            max_streams=settings.max_streams_per_caller,
            max_calls=settings.max_concurrent_calls,
            late_refusals=LateRefusals(settings.limit_hold_seconds),
        ),
        DeadlineInterceptor(
            default_seconds=settings.default_deadline_seconds,
            max_seconds=settings.max_deadline_seconds,
        ),
        RequestValidationInterceptor(RequestRules()),
    ]
    chain = InterceptorChain(interceptors, max_message_bytes=settings.max_message_bytes)
    return ApiServer(services, chain, settings)


def build_services(
    adapters: Adapters,
    settings: ServerSettings,
    *,
    health: HealthView,
    whatsapp_numbers: WhatsAppNumbers,
    registry: CollectorRegistry,
) -> list[Service]:
    """Return every service of the contract, on these adapters."""
    heartbeat = settings.stream_heartbeat_seconds
    directory = DirectoryService(adapters.directory, adapters.clock, adapters.ids)
    jobs = JobService(
        ProofPorts(
            jobs=adapters.jobs, blobs=adapters.blobs, clock=adapters.clock, ids=adapters.ids
        ),
        hints=adapters.event_hints,
        heartbeat_seconds=heartbeat,
    )
    tracking = TrackingService(
        TrackingPorts(
            devices=adapters.devices,
            fixes=adapters.fixes,
            live=adapters.live_positions,
            travels=adapters.travels,
            clock=adapters.clock,
        ),
        adapters.ids,
        recorded=adapters.recorded_positions,
        rules=RequestRules(),
        metrics=TrackingMetrics(registry),
        heartbeat_seconds=heartbeat,
    )
    return [
        Service(
            api_keys_pb2.DESCRIPTOR.services_by_name["ApiKeyService"].full_name,
            partial(
                api_keys_pb2_grpc.add_ApiKeyServiceServicer_to_server,
                ApiKeyService(
                    adapters.api_keys, adapters.clock, adapters.ids, secrets=adapters.secrets
                ),
            ),
        ),
        Service(
            connections_pb2.DESCRIPTOR.services_by_name["ConnectionService"].full_name,
            partial(
                connections_pb2_grpc.add_ConnectionServiceServicer_to_server,
                ConnectionService(
                    adapters.connections,
                    adapters.arca_certificates,
                    adapters.clock,
                    whatsapp_numbers=whatsapp_numbers,
                ),
            ),
        ),
        Service(
            directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"].full_name,
            partial(directory_pb2_grpc.add_DirectoryServiceServicer_to_server, directory),
        ),
        Service(
            health_pb2.DESCRIPTOR.services_by_name["HealthService"].full_name,
            partial(
                health_pb2_grpc.add_HealthServiceServicer_to_server,
                HealthService(
                    health, version=version("campotech-backend"), heartbeat_seconds=heartbeat
                ),
            ),
        ),
        Service(
            invoices_pb2.DESCRIPTOR.services_by_name["InvoicingService"].full_name,
            partial(
                invoices_pb2_grpc.add_InvoicingServiceServicer_to_server,
                InvoicingService(
                    adapters.invoices,
                    adapters.clock,
                    adapters.ids,
                    hints=adapters.event_hints,
                    heartbeat_seconds=heartbeat,
                ),
            ),
        ),
        Service(
            jobs_pb2.DESCRIPTOR.services_by_name["JobService"].full_name,
            partial(jobs_pb2_grpc.add_JobServiceServicer_to_server, jobs),
        ),
        Service(
            messages_pb2.DESCRIPTOR.services_by_name["MessagingService"].full_name,
            partial(
                messages_pb2_grpc.add_MessagingServiceServicer_to_server,
                MessagingService(adapters.messages, adapters.clock, adapters.ids),
            ),
        ),
        Service(
            queues_pb2.DESCRIPTOR.services_by_name["QueueService"].full_name,
            partial(
                queues_pb2_grpc.add_QueueServiceServicer_to_server,
                QueueService(
                    adapters.tasks,
                    adapters.ids,
                    commands=adapters.task_commands,
                    dead_tasks=adapters.dead_tasks,
                    pauses=adapters.queue_pauses,
                    statistics=adapters.queue_statistics,
                    clock=adapters.clock,
                ),
            ),
        ),
        Service(
            locations_pb2.DESCRIPTOR.services_by_name["TrackingService"].full_name,
            partial(locations_pb2_grpc.add_TrackingServiceServicer_to_server, tracking),
        ),
        Service(
            webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"].full_name,
            partial(
                webhooks_pb2_grpc.add_WebhookServiceServicer_to_server,
                WebhookService(_webhook_ports(adapters), WebhookMetrics(registry)),
            ),
        ),
    ]


def _webhook_ports(adapters: Adapters) -> WebhookPorts:
    return WebhookPorts(
        whatsapp=adapters.whatsapp_webhooks,
        numbers=adapters.business_numbers,
        inbox=adapters.webhook_inbox,
        ids=adapters.ids,
    )
