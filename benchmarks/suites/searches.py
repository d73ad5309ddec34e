"""The search of customers, in a large business and a small one among a million customers."""

from collections.abc import Mapping
from uuid import UUID

from benchmarks.figures import Figure, Findings
from benchmarks.ghz import Load, run_load
from benchmarks.million_customers import (
    LARGE,
    ORGANIZATIONS,
    SMALL,
    businesses,
    million_customers,
)
from benchmarks.own_api import OwnApi, own_api
from benchmarks.suite import Suite
from benchmarks.workshop import Workshop

SECONDS = 5.0
CONCURRENCY = 2
METHOD = "campotech.directory.v1.DirectoryService/ListCustomers"
QUERIES: Mapping[str, str] = {
    "two words": "lucia quiroga",
    "a name that one in ten has": "gonzalez",
    "three letters": "gon",
    "part of a phone number": "555512",
    "street and number": "corrientes 1234",
    "misspelt": "gnozales lucya",
    "a word that everybody has": "balvanera",
    "nobody at all": "xilofonista",
}


async def measure(workshop: Workshop) -> Findings:
    database = million_customers(workshop)
    large, small = businesses(database)
    figures: list[Figure] = []
    with own_api(workshop, database) as api:
        for name, query in QUERIES.items():
            figures += await _figures(api, f"{LARGE:,}: {name}", query, large)
        figures += await _figures(api, f"{SMALL:,}: two words", QUERIES["two words"], small)
    return Findings(figures=figures)


async def _figures(api: OwnApi, name: str, query: str, business: UUID) -> list[Figure]:
    load = Load(
        address=api.address,
        method=METHOD,
        requests=[{"query": query}],
        token=api.token(business),
        seconds=SECONDS,
        concurrency=CONCURRENCY,
        connections=CONCURRENCY,
    )
    report = await run_load(load)
    return [
        Figure(name=f"{name}: p50", value=report.milliseconds[50], unit="ms"),
        Figure(name=f"{name}: p99", value=report.milliseconds[99], unit="ms"),
    ]


SUITE = Suite(
    name="searches",
    title="Search of customers among a million",
    method=(
        f"One business with {LARGE:,} customers beside {ORGANIZATIONS} with {SMALL:,} each; pages"
        f" of 50 through our server, one child, {CONCURRENCY} calls at a time, {SECONDS:g} s each."
    ),
    measure=measure,
    runs=1,
    is_on_request=True,
)
