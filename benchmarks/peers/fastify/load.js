// `node load.js URL SECONDS CONNECTIONS PATHS.json`: autocannon over some paths in turn; prints JSON.
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const [url, seconds, connections, paths] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(paths, "utf8")).map((path) => ({ path }));
const result = await autocannon({
  url,
  requests,
  connections: Number(connections),
  duration: Number(seconds),
});
const { latency, duration, non2xx, errors, timeouts } = result;
process.stdout.write(
  JSON.stringify({
    calls: result["2xx"],
    seconds: duration,
    failures: non2xx + errors + timeouts,
    p50: latency.p50,
    p99: latency.p99,
  }),
);
