// GetJob on Fastify and pg: `node server.js PORT`, the database in BENCH_DATABASE_URL.
//
// It does what our own handler does for the database: the organisation's setting and the statement
// in one implicit transaction and one round trip, under row-level security. It checks no token.
import Fastify from "fastify";
import pg from "pg";

const { escapeLiteral, Pool } = pg;
const pool = new Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 20 });
const app = Fastify();
const parameters = {
  type: "object",
  properties: {
    organization: { type: "string", pattern: "^[0-9a-f-]{36}$" },
    job: { type: "string", pattern: "^[0-9a-f-]{36}$" },
  },
};

app.get(
  "/organizations/:organization/jobs/:job",
  { schema: { params: parameters } },
  async (request, reply) => {
    const { organization, job } = request.params;
    const [, found] = await pool.query(statement(escapeLiteral(organization), escapeLiteral(job)));
    if (found.rows.length === 0) return reply.code(404).send({ message: "no such job" });
    return { job: printed(organization, found.rows[0]) };
  },
);

function statement(organization, job) {
  return `SELECT set_config('app.organization_id', ${organization}, true);
    SELECT id, number, state, customer_id, technician_id, description, street_address, locality,
           province, postal_code, price_minor, price_currency, created_at, updated_at, version
    FROM jobs
    WHERE organization_id = ${organization}::uuid AND id = ${job}::uuid
      AND created_at = uuid_extract_timestamp(${job}::uuid)`;
}

function printed(organization, row) {
  return {
    name: `organizations/${organization}/jobs/${row.id}`,
    number: row.number,
    state: `STATE_${row.state}`,
    customer: `organizations/${organization}/customers/${row.customer_id}`,
    technician: row.technician_id ? `organizations/${organization}/members/${row.technician_id}` : "",
    description: row.description,
    serviceAddress: {
      streetAddress: row.street_address,
      locality: row.locality,
      province: row.province,
      postalCode: row.postal_code,
    },
    price: { currencyCode: row.price_currency, amountMinor: row.price_minor },
    createTime: row.created_at,
    updateTime: row.updated_at,
    etag: String(row.version),
  };
}

process.on("SIGTERM", async () => {
  await app.close();
  await pool.end();
});
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
