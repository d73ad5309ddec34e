// How calls go on after faults, and how they end: `npm test`.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";

import { CampoTech, CreateJobRequestSchema, failureOf } from "../src/index.js";
import {
  type Answer,
  answered,
  answeredAfter,
  cutOff,
  FaultyServer,
  neverAnswered,
  refused,
} from "./faulty_server.js";

const AGES_MS = 10_000;
const SOON_MS = 100;

let server: FaultyServer;
afterEach(() => server.close());

async function client(planned: Answer[], options: { timeoutMs?: number; attempts?: number } = {}) {
  server = await FaultyServer.answering(...planned);
  return new CampoTech({ baseUrl: server.url, ...options });
}

async function failure(call: Promise<unknown>) {
  return call.then(() => assert.fail("The call did not fail."), failureOf);
}

for (const [what, fault] of Object.entries({
  "is away": refused(Code.Unavailable),
  "is full, as gRPC says it": refused(Code.ResourceExhausted, { message: "Too many calls." }),
  "cuts the connection": cutOff,
})) {
  test(`a command that meets a server which ${what} is repeated under one request id`, async () => {
    const campotech = await client([fault, fault]);

    await campotech.jobs.createJob({});

    const requestIds = server.seen.map(({ requestId }) => requestId);
    assert.equal(requestIds.length, 3);
    assert.equal(new Set(requestIds).size, 1);
    assert(requestIds[0]);
  });
}

for (const said of [
  { reason: "MESSAGE_TOO_LARGE" },
  { message: "SERVER: Received message larger than max (9000000 vs. 8388608)" },
]) {
  test(`a request that is too large is not repeated: ${Object.values(said)}`, async () => {
    const campotech = await client([refused(Code.ResourceExhausted, said)]);

    const { code } = await failure(campotech.jobs.createJob({}));

    assert.equal(code, Code.ResourceExhausted);
    assert.equal(server.seen.length, 1);
  });
}

test("a refusal is not repeated", async () => {
  const campotech = await client([refused(Code.Unknown, { reason: "UNKNOWN_OUTCOME" })]);

  const { reason } = await failure(campotech.jobs.createJob({}));

  assert.equal(reason, "UNKNOWN_OUTCOME");
  assert.equal(server.seen.length, 1);
});

test("a caller brings its own request id", async () => {
  const campotech = await client([]);

  await campotech.jobs.createJob({ requestId: "of-the-caller" });

  assert.deepEqual(server.seen.map(({ requestId }) => requestId), ["of-the-caller"]);
});

test("a message that is sent twice is two commands", async () => {
  const campotech = await client([]);
  const message = create(CreateJobRequestSchema, {});

  await campotech.jobs.createJob(message);
  await campotech.jobs.createJob(message);

  assert.equal(new Set(server.seen.map(({ requestId }) => requestId)).size, 2);
});

test("repeats end with the last attempt", async () => {
  const campotech = await client(Array(10).fill(refused(Code.Unavailable)), { attempts: 2 });

  const { code } = await failure(campotech.jobs.createJob({}));

  assert.equal(code, Code.Unavailable);
  assert.equal(server.seen.length, 2);
});

test("no pause is begun that ends after the deadline", async () => {
  const busy = refused(Code.Unavailable, { reason: "SERVER_DRAINING", retryAfterSeconds: 3600 });
  const campotech = await client([busy]);

  const { reason, retryAfterMs } = await failure(campotech.jobs.createJob({}));

  assert.equal(reason, "SERVER_DRAINING");
  assert.equal(retryAfterMs, 3_600_000);
});

test("a call that is not answered ends at its deadline, of which the server heard", async () => {
  const campotech = await client([neverAnswered], { timeoutMs: SOON_MS });

  const { code } = await failure(campotech.jobs.createJob({}));

  assert.equal(code, Code.DeadlineExceeded);
  assert.deepEqual(server.seen.map(({ timeout }) => timeout), [`${SOON_MS}m`]);
});

test("a call may wait longer than others do", async () => {
  const campotech = await client([answeredAfter(3 * SOON_MS)], { timeoutMs: SOON_MS });

  const { job } = await campotech.jobs.createJob({}, { timeoutMs: AGES_MS });

  assert(job);
});

test("a call may wait less than others do", async () => {
  const campotech = await client([neverAnswered], { timeoutMs: AGES_MS });

  const { code } = await failure(campotech.jobs.createJob({}, { timeoutMs: SOON_MS }));

  assert.equal(code, Code.DeadlineExceeded);
});

test("a stream has no deadline", async () => {
  const campotech = await client([answered], { timeoutMs: SOON_MS });

  for await (const _ of campotech.jobs.watchJobs({}));

  assert.deepEqual(server.seen.map(({ timeout }) => timeout), [undefined]);
});

test("a caller may give up while a call waits to be repeated", async () => {
  const giving = new AbortController();
  const giveUp: Answer = async (response) => {
    await refused(Code.Unavailable, { retryAfterSeconds: 5 })(response);
    setTimeout(() => giving.abort(), SOON_MS);
  };
  const campotech = await client([giveUp]);

  const { code } = await failure(campotech.jobs.createJob({}, { signal: giving.signal }));

  assert.equal(code, Code.Canceled);
  assert.equal(server.seen.length, 1);
});
