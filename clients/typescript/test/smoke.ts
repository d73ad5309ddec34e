// Talks to a running platform through Envoy: `node dist/test/smoke.js EDGE_URL CUSTOMER`, the token
// in CAMPOTECH_TOKEN. Prints a line for each thing it saw, and fails on the first that is not so.

import assert from "node:assert/strict";

import { Code } from "@connectrpc/connect";

import { CampoTech, failureOf, Job_State } from "../src/index.js";

const [baseUrl, customer] = process.argv.slice(2);
assert(baseUrl && customer, "Say where the edge is, and a customer.");
let tokens = 0;
const campotech = new CampoTech({
  baseUrl,
  // The first one is refused, so that the second has to be asked for.
  token: () => (tokens++ === 0 ? "of-yesterday" : (process.env["CAMPOTECH_TOKEN"] ?? "")),
});

const { health } = await campotech.health.getSystemHealth({});
saw(`health since ${health?.since?.seconds}`);

const events = campotech.jobs.watchJobs({})[Symbol.asyncIterator]();
const begun = await events.next();
assert.equal(begun.value.update.case, "heartbeat");

const job = {
  customer,
  description: "Pierde la canilla",
  serviceAddress: { streetAddress: "Av. Corrientes 1234", locality: "Balvanera", province: "CABA" },
  price: { currencyCode: "ARS", amountMinor: 4_500_000n },
};
const created = (await campotech.jobs.createJob({ job })).job;
assert.equal(created?.state, Job_State.PENDING);
assert.equal(tokens, 2);
saw(`job ${created.number}`);

let event = await events.next();
while (event.value.update.case !== "event") event = await events.next();
assert.equal(event.value.update.value.job?.name, created.name);
saw("its event");

const read = (await campotech.jobs.getJob({ name: created.name })).job;
assert.deepEqual(read, created);
const listed = await campotech.jobs.listJobs({ states: [Job_State.PENDING], pageSize: 200 });
assert(listed.jobs.some(({ name }) => name === created.name));
saw("it in the list");

const bad = await refused(campotech.jobs.createJob({ job: { ...job, description: "" } }));
assert.equal(bad.code, Code.InvalidArgument);
assert.deepEqual(bad.fields.map(({ field }) => field), ["job.description"]);
const early = await refused(campotech.jobs.startTravel({ name: created.name }));
assert.equal(early.reason, "JOB_TRANSITION_REFUSED");
assert.equal(early.metadata["current_state"], "PENDING");
assert(early.localizedMessage);
saw("refusals with their reasons");
process.exit(0);

async function refused(call: Promise<unknown>) {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );
  assert(outcome, "The call was not refused.");
  return outcome;
}

function saw(what: string): void {
  console.log(`saw ${what}`);
}
