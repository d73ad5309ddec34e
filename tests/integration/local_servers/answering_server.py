"""A small gRPC server of the real contract, to stand behind Envoy in tests of the edge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2 as standard_health_pb2
from grpc_health.v1 import health_pb2_grpc as standard_health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_status import rpc_status

from campotech.health.v1 import health_pb2, system_health_pb2
from campotech.jobs.v1 import job_pb2, jobs_pb2

Context = grpc.aio.ServicerContext[object, object]

MISSING = status_pb2.Status(
    code=code_pb2.NOT_FOUND,
    message="There is no such job.",
    details=[any_pb2.Any()],
)
MISSING.details[0].Pack(error_details_pb2.ErrorInfo(reason="JOB_NOT_FOUND", domain="campotech.dev"))


@dataclass
class AnsweringServer:
    """Answers what a test tells it to, and counts who asked."""

    name: str
    http_status: str | None = None
    refuse_with: grpc.StatusCode | None = None
    is_stuck: bool = False
    deadlines: list[float | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    listed: list[jobs_pb2.ListJobsRequest] = field(default_factory=list)
    updated: list[jobs_pb2.UpdateJobRequest] = field(default_factory=list)
    standard_health: HealthServicer = field(default_factory=HealthServicer)

    async def get_system_health(
        self, _request: health_pb2.GetSystemHealthRequest, context: Context
    ) -> health_pb2.GetSystemHealthResponse:
        self.asked.append("GetSystemHealth")
        if self.http_status is not None:
            await context.send_initial_metadata((("x-http-status", self.http_status),))
        return health_pb2.GetSystemHealthResponse(
            health=system_health_pb2.SystemHealth(
                status=system_health_pb2.HEALTH_STATUS_HEALTHY, version=self.name
            )
        )

    async def get_job(
        self, _request: jobs_pb2.GetJobRequest, context: Context
    ) -> jobs_pb2.GetJobResponse:
        self.asked.append("GetJob")
        await context.abort_with_status(rpc_status.to_status(MISSING))
        raise AssertionError

    async def create_job(
        self, request: jobs_pb2.CreateJobRequest, context: Context
    ) -> jobs_pb2.CreateJobResponse:
        self.asked.append("CreateJob")
        self.deadlines.append(context.time_remaining())
        if self.is_stuck:
            await asyncio.Event().wait()
        if self.refuse_with is not None:
            await context.abort(self.refuse_with, "refused by the test")
        return jobs_pb2.CreateJobResponse(job=request.job)

    async def list_jobs(
        self, request: jobs_pb2.ListJobsRequest, _context: Context
    ) -> jobs_pb2.ListJobsResponse:
        self.listed.append(request)
        return jobs_pb2.ListJobsResponse()

    async def update_job(
        self, request: jobs_pb2.UpdateJobRequest, _context: Context
    ) -> jobs_pb2.UpdateJobResponse:
        self.updated.append(request)
        return jobs_pb2.UpdateJobResponse(job=request.job)

    async def watch_jobs(
        self, _request: jobs_pb2.WatchJobsRequest, _context: Context
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        for _ in range(3):
            yield jobs_pb2.WatchJobsResponse()

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        return [
            grpc.method_handlers_generic_handler(
                "campotech.health.v1.HealthService",
                {
                    "GetSystemHealth": grpc.unary_unary_rpc_method_handler(
                        self.get_system_health,
                        request_deserializer=health_pb2.GetSystemHealthRequest.FromString,
                        response_serializer=health_pb2.GetSystemHealthResponse.SerializeToString,
                    )
                },
            ),
            grpc.method_handlers_generic_handler(
                "campotech.jobs.v1.JobService",
                {
                    "CreateJob": grpc.unary_unary_rpc_method_handler(
                        self.create_job,
                        request_deserializer=jobs_pb2.CreateJobRequest.FromString,
                        response_serializer=jobs_pb2.CreateJobResponse.SerializeToString,
                    ),
                    "GetJob": grpc.unary_unary_rpc_method_handler(
                        self.get_job,
                        request_deserializer=jobs_pb2.GetJobRequest.FromString,
                        response_serializer=jobs_pb2.GetJobResponse.SerializeToString,
                    ),
                    "ListJobs": grpc.unary_unary_rpc_method_handler(
                        self.list_jobs,
                        request_deserializer=jobs_pb2.ListJobsRequest.FromString,
                        response_serializer=jobs_pb2.ListJobsResponse.SerializeToString,
                    ),
                    "UpdateJob": grpc.unary_unary_rpc_method_handler(
                        self.update_job,
                        request_deserializer=jobs_pb2.UpdateJobRequest.FromString,
                        response_serializer=jobs_pb2.UpdateJobResponse.SerializeToString,
                    ),
                    "WatchJobs": grpc.unary_stream_rpc_method_handler(
                        self.watch_jobs,
                        request_deserializer=jobs_pb2.WatchJobsRequest.FromString,
                        response_serializer=jobs_pb2.WatchJobsResponse.SerializeToString,
                    ),
                },
            ),
        ]

    async def say_serving(self, *, is_serving: bool) -> None:
        status = standard_health_pb2.HealthCheckResponse
        await self.standard_health.set("", status.SERVING if is_serving else status.NOT_SERVING)

    @asynccontextmanager
    async def running(self, port: int) -> AsyncIterator[grpc.aio.Server]:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers(self.handlers())
        standard_health_pb2_grpc.add_HealthServicer_to_server(self.standard_health, server)
        await self.say_serving(is_serving=True)
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        try:
            yield server
        finally:
            await server.stop(None)


A_JOB = job_pb2.Job(description="Cambiar la canilla de la cocina")
