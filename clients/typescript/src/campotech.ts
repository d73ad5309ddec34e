// One connection to CampoTech, with a client for each of its services.

import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { ApiKeyService } from "./gen/campotech/directory/v1/api_keys_pb.js";
import { ConnectionService } from "./gen/campotech/directory/v1/connections_pb.js";
import { DirectoryService } from "./gen/campotech/directory/v1/directory_pb.js";
import { HealthService } from "./gen/campotech/health/v1/health_pb.js";
import { InvoicingService } from "./gen/campotech/invoicing/v1/invoices_pb.js";
import { JobService } from "./gen/campotech/jobs/v1/jobs_pb.js";
import { MessagingService } from "./gen/campotech/messaging/v1/messages_pb.js";
import { QueueService } from "./gen/campotech/operations/v1/queues_pb.js";
import { TrackingService } from "./gen/campotech/tracking/v1/locations_pb.js";
import { retrying } from "./retries.js";
import { authorised, type TokenSource } from "./tokens.js";

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ATTEMPTS = 5;

/** How to reach CampoTech, and as whom. */
export interface CampoTechOptions {
  /** Where the edge is: `https://api.example.com`. */
  baseUrl: string;
  /** A token, or a function that returns one and is called again when the server refuses it. */
  token?: TokenSource;
  /** How long a unary call may take with all its attempts, unless it brings a `timeoutMs` itself. */
  timeoutMs?: number;
  /** How often a unary call is made at most. */
  attempts?: number;
}

/**
 * CampoTech's services over gRPC-Web.
 *
 * A unary call is repeated, within its deadline, when the server cannot be reached, is full or says
 * when to come back; a repeated command carries the same request id and has no second effect. What fails
 * raises a `ConnectError`, which `failureOf` reads. Streams end when their connection does.
 */
export class CampoTech {
  readonly apiKeys: Client<typeof ApiKeyService>;
  readonly connections: Client<typeof ConnectionService>;
  readonly directory: Client<typeof DirectoryService>;
  readonly health: Client<typeof HealthService>;
  readonly invoicing: Client<typeof InvoicingService>;
  readonly jobs: Client<typeof JobService>;
  readonly messaging: Client<typeof MessagingService>;
  readonly queues: Client<typeof QueueService>;
  readonly tracking: Client<typeof TrackingService>;

  constructor(options: CampoTechOptions) {
    const once = createGrpcWebTransport({
      baseUrl: options.baseUrl,
      interceptors: [authorised(options.token)],
    });
    const transport = retrying(once, {
      attempts: options.attempts ?? DEFAULT_ATTEMPTS,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    this.apiKeys = createClient(ApiKeyService, transport);
    this.connections = createClient(ConnectionService, transport);
    this.directory = createClient(DirectoryService, transport);
    this.health = createClient(HealthService, transport);
    this.invoicing = createClient(InvoicingService, transport);
    this.jobs = createClient(JobService, transport);
    this.messaging = createClient(MessagingService, transport);
    this.queues = createClient(QueueService, transport);
    this.tracking = createClient(TrackingService, transport);
  }
}
