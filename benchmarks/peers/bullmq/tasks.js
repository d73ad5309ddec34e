// BullMQ with its defaults: `node tasks.js work`, and `node tasks.js noop|effort COUNT [SECONDS MARKS]` to enqueue.

import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { Queue, Worker } from "bullmq";

const connection = {
  host: "127.0.0.1",
  port: Number(process.env.BENCH_REDIS_PORT),
  maxRetriesPerRequest: null,
};
const AT_ONCE = 1000;

async function run(job) {
  if (job.name === "effort") {
    await setTimeout(job.data.seconds * 1000);
    appendFileSync(job.data.marks, `${job.data.number}\n`);
  }
}

async function enqueue(kind, count, seconds, marks) {
  const queue = new Queue("benchmark", { connection });
  for (let first = 0; first < count; first += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - first);
    await queue.addBulk(
      Array.from({ length: size }, (_, offset) => ({
        name: kind,
        data: { number: first + offset, seconds, marks },
        opts: { removeOnComplete: true },
      })),
    );
  }
  await queue.close();
}

const [command, count, seconds, marks] = process.argv.slice(2);
if (command === "work") {
  new Worker("benchmark", run, { connection, concurrency: 50 });
} else {
  await enqueue(command, Number(count), Number(seconds ?? 0), marks ?? "");
}
