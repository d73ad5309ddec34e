"""Who may call which method; a test compares this table with the contract.

A method that stands in neither table is refused to everybody.
"""

from collections.abc import Mapping

from domain.commands import Role

_ADMINS = frozenset({Role.ADMIN})
_OWNERS = frozenset({Role.OWNER})
_OFFICE = frozenset({Role.OWNER, Role.DISPATCHER})
_TECHNICIANS = frozenset({Role.TECHNICIAN})
_EVERYBODY = _OFFICE | _TECHNICIANS

_ROLES_BY_SERVICE: Mapping[str, Mapping[str, frozenset[Role]]] = {
    "campotech.directory.v1.ApiKeyService": {
        "CreateApiKey": _OWNERS,
        "ListApiKeys": _OWNERS,
        "RevokeApiKey": _OWNERS,
    },
    "campotech.directory.v1.ConnectionService": {
        "RequestArcaCertificate": _OWNERS,
        "ConnectArca": _OWNERS,
        "GetArcaConnection": _OWNERS,
        "DisconnectArca": _OWNERS,
        "ConnectWhatsApp": _OWNERS,
        "GetWhatsAppConnection": _OWNERS,
        "DisconnectWhatsApp": _OWNERS,
    },
    "campotech.directory.v1.DirectoryService": {
        "CreateOrganization": _ADMINS,
        "GetOrganization": _EVERYBODY | _ADMINS,
        "UpdateOrganization": _OWNERS | _ADMINS,
        "CreateMember": _OWNERS,
        "GetMember": _EVERYBODY,
        "ListMembers": _OFFICE,
        "UpdateMember": _OWNERS,
        "EndMember": _OWNERS,
        "ReactivateMember": _OWNERS,
        "CreateCustomer": _OFFICE,
        "GetCustomer": _EVERYBODY,
        "ListCustomers": _OFFICE,
        "UpdateCustomer": _OFFICE,
    },
    "campotech.invoicing.v1.InvoicingService": {
        "CreateInvoice": _OFFICE,
        "GetInvoice": _OFFICE,
        "ListInvoices": _OFFICE,
        "WatchInvoice": _OFFICE,
    },
    "campotech.jobs.v1.JobService": {
        "CreateJob": _OFFICE,
        "GetJob": _EVERYBODY,
        "ListJobs": _EVERYBODY,
        "UpdateJob": _OFFICE,
        "AssignJob": _OFFICE,
        "UnassignJob": _OFFICE,
        "StartTravel": _EVERYBODY,
        "ArriveAtJob": _EVERYBODY,
        "StartJob": _EVERYBODY,
        "PauseJob": _EVERYBODY,
        "ResumeJob": _EVERYBODY,
        "CompleteJob": _EVERYBODY,
        "AddJobNote": _EVERYBODY,
        "CreateJobProofUpload": _EVERYBODY,
        "ConfirmJobProof": _EVERYBODY,
        "ListJobProofs": _EVERYBODY,
        "CancelJob": _OFFICE,
        "WatchJobs": _EVERYBODY,
    },
    "campotech.messaging.v1.MessagingService": {
        "ListMessages": _OFFICE,
        "ListConversations": _OFFICE,
        "SendMessage": _OFFICE,
    },
    "campotech.operations.v1.QueueService": {
        "GetTask": _OWNERS | _ADMINS,
        "ListTasks": _OWNERS | _ADMINS,
        "CancelTask": _ADMINS,
        "PauseQueue": _ADMINS,
        "ResumeQueue": _ADMINS,
        "GetQueuePauses": _ADMINS,
        "ListDeadTasks": _OWNERS | _ADMINS,
        "GetDeadTaskSummary": _OWNERS | _ADMINS,
        "RetryDeadTasks": _ADMINS,
        "DiscardDeadTasks": _ADMINS,
        "GetQueueMetrics": _ADMINS,
    },
    "campotech.tracking.v1.TrackingService": {
        "RegisterDevice": _TECHNICIANS,
        "StreamLocations": _TECHNICIANS,
        "ReportLocations": _TECHNICIANS,
        "WatchLocations": _OFFICE,
        "ListLatestLocations": _OFFICE,
    },
    # What the process itself is doing, connections of other callers included.
    "grpc.channelz.v1.Channelz": dict.fromkeys(
        (
            "GetTopChannels",
            "GetServers",
            "GetServer",
            "GetServerSockets",
            "GetChannel",
            "GetSubchannel",
            "GetSocket",
        ),
        _ADMINS,
    ),
}

METHOD_ROLES: Mapping[str, frozenset[Role]] = {
    f"/{service}/{method}": roles
    for service, methods in _ROLES_BY_SERVICE.items()
    for method, roles in methods.items()
}

PUBLIC_METHODS = frozenset(
    {
        "/campotech.health.v1.HealthService/GetSystemHealth",
        "/campotech.health.v1.HealthService/WatchSystemHealth",
        # Whoever calls these shows who they are by a secret of the service that they claim to be.
        "/campotech.webhooks.v1.WebhookService/VerifyWhatsApp",
        "/campotech.webhooks.v1.WebhookService/ReceiveWhatsApp",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/List",
        "/grpc.health.v1.Health/Watch",
        # Served only where a setting says so.
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }
)
"""What anybody may call without a token."""
