"""`python -m benchmarks.bare_grpc`: GetJob on grpc.aio with nothing around it, as the limit.

With a database it runs the statement that our own GetJob runs, on the same driver and pool, as a
superuser whom no policy holds up, and prints the row; without one it answers at once.
"""

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

import grpc
import uvloop
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.job_rows import COLUMNS
from adapters.postgres.job_store import ONE_JOB
from campotech.jobs.v1 import job_pb2, jobs_pb2
from campotech.type.v1 import address_pb2, money_pb2

CONNECTIONS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITIONS = {name: position for position, name in enumerate(COLUMNS.split(", "))}
_STATEMENT = ONE_JOB.encode()

_Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]
_Context: TypeAlias = grpc.aio.ServicerContext[jobs_pb2.GetJobRequest, jobs_pb2.GetJobResponse]
_Handler: TypeAlias = Callable[
    [jobs_pb2.GetJobRequest, _Context], Awaitable[jobs_pb2.GetJobResponse]
]


async def _echo(request: jobs_pb2.GetJobRequest, _: _Context) -> jobs_pb2.GetJobResponse:
    return jobs_pb2.GetJobResponse(job=job_pb2.Job(name=request.name))


def _select(pool: _Pool) -> _Handler:
    async def get_job(request: jobs_pb2.GetJobRequest, _: _Context) -> jobs_pb2.GetJobResponse:
        organization_id, job_id = request.name.split("/")[1::2]
        async with pool.connection() as connection:
            cursor = await connection.execute(
                _STATEMENT, {"organization_id": organization_id, "id": job_id}
            )
            row = await cursor.fetchone()
        if row is None:
            raise LookupError(request.name)
        return jobs_pb2.GetJobResponse(job=_printed(request.name, organization_id, row))

    return get_job


def _printed(name: str, organization_id: str, row: TupleRow) -> job_pb2.Job:
    def value(column: str) -> object:
        return row[_POSITIONS[column]]

    return job_pb2.Job(
        name=name,
        number=row[_POSITIONS["number"]],
        state=job_pb2.Job.State.Value(f"STATE_{value('state')}"),
        customer=f"organizations/{organization_id}/customers/{value('customer_id')}",
        technician=f"organizations/{organization_id}/members/{value('technician_id')}",
        description=row[_POSITIONS["description"]],
        service_address=address_pb2.Address(
            street_address=row[_POSITIONS["street_address"]],
            locality=row[_POSITIONS["locality"]],
            province=row[_POSITIONS["province"]],
            postal_code=row[_POSITIONS["postal_code"]],
        ),
        price=money_pb2.Money(
            currency_code=row[_POSITIONS["price_currency"]],
            amount_minor=row[_POSITIONS["price_minor"]],
        ),
        create_time=_moment(row[_POSITIONS["created_at"]]),
        update_time=_moment(row[_POSITIONS["updated_at"]]),
        etag=str(value("version")),
    )


def _moment(value: datetime) -> Timestamp:
    since = value - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


async def _serve(port: int, database_url: str | None) -> None:
    pool: _Pool | None = None
    handler: _Handler = _echo
    if database_url is not None:
        pool = AsyncConnectionPool(
            database_url,
            connection_class=AsyncConnection[TupleRow],
            kwargs={"autocommit": True, "cursor_factory": AsyncClientCursor},
            min_size=CONNECTIONS,
            max_size=CONNECTIONS,
            open=False,
        )
        await pool.open(wait=True)
        handler = _select(pool)
    server = grpc.aio.server()
    method = grpc.unary_unary_rpc_method_handler(
        handler,
        request_deserializer=jobs_pb2.GetJobRequest.FromString,
        response_serializer=jobs_pb2.GetJobResponse.SerializeToString,
    )
    # A generic handler: generated code registers each method, and each costs every call a little.
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("campotech.jobs.v1.JobService", {"GetJob": method})]
    )
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await server.stop(None)
    if pool is not None:
        await pool.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare_grpc")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database-url")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(arguments.port, arguments.database_url))


if __name__ == "__main__":
    main()
