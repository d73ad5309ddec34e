"""Sends made-up requests to the edge and says what is wrong with the answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import httpx
import requests
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cli.openapi.operations import STREAM
from tests.support.fuzzing.cases import Case, Operation, cases_of
from tests.support.fuzzing.firing_range import SIGNATURE, Squad
from tests.support.fuzzing.verdicts import Secrets, leaks
from tests.support.rpc import APP_SECRET
from tests.support.whatsapp_deliveries import signature_of

PATIENCE_SECONDS = 20.0
MOST_SHOWN = 6
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True, slots=True)
class HttpTrial:
    """The edge, who calls it, and what nobody may read there."""

    url: str
    squad: Squad
    secrets: Secrets

    def complaints(self, operation: Operation, *, count: int, seed: int) -> tuple[int, str]:
        """Try made-up requests; return how many were answered, and a report of what was wrong."""
        chance = Random(seed)  # noqa: S311  # chooses who signs, keeps no secret
        cases = cases_of(operation, self.squad.words, count=count, seed=seed)
        found: dict[str, str] = {}
        with requests.Session() as session:
            for sender, case in cases:
                request = self._prepared(case, sender, is_signed=chance.random() < 1 / 2)
                for complaint in self._about(session, case, request):
                    found.setdefault(complaint, f"  as {sender}: {case.as_curl_command()}")
        report = "\n\n".join(f"{what}\n{call}" for what, call in list(found.items())[:MOST_SHOWN])
        return len(cases), f"{operation.label} with seed {seed}:\n\n{report}" if found else ""

    def _prepared(self, case: Case, sender: str, *, is_signed: bool) -> requests.PreparedRequest:
        parts = case.as_transport_kwargs(base_url=self.url)
        request = requests.Request(**{key: parts[key] for key in parts if key in _PARTS}).prepare()
        token = self.squad.tokens[sender]
        if token:
            request.headers["authorization"] = f"Bearer {token}"
        if is_signed:
            request.headers[SIGNATURE] = signature_of(_body(request), APP_SECRET)
        return request

    def _about(
        self, session: requests.Session, case: Case, request: requests.PreparedRequest
    ) -> Iterator[str]:
        is_stream = STREAM in case.operation.definition.raw
        try:
            with session.send(request, stream=is_stream, timeout=PATIENCE_SECONDS) as answer:
                is_endless = is_stream and answer.ok
                content = next(answer.iter_lines()) if is_endless else answer.content
        except requests.RequestException as error:
            yield f"no answer: {error}"
            return
        yield from self._about_content(request, answer.status_code, content)
        if is_endless:
            json.loads(content)
        else:
            yield from _against_the_document(case, answer)

    def _about_content(
        self, request: requests.PreparedRequest, status: int, content: bytes
    ) -> Iterator[str]:
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            yield f"HTTP {status}: {content[:500]!r}"
        said = str(request.url).encode() + _body(request)
        is_refused = status >= httpx.codes.BAD_REQUEST
        yield from leaks(content, said, self.secrets, is_refused=is_refused)


_PARTS = ("method", "url", "headers", "params", "data", "json", "cookies", "files")


def _against_the_document(case: Case, answer: requests.Response) -> Iterator[str]:
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        yield from (f"{failure.title}: {failure.message}" for failure in group.exceptions)


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    assert isinstance(body, str | bytes)
    return body.encode() if isinstance(body, str) else body
