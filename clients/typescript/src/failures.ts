// What the server said when it refused a call.

import { Code, ConnectError } from "@connectrpc/connect";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  LocalizedMessageSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";

// What gRPC itself says of a message that no repeat makes smaller.
const TOO_LARGE = "larger than max";
// Of a connection that broke, and where more comes at once than gRPC takes.
const CODES_OF_THE_WAY: ReadonlySet<Code> = new Set([Code.Unknown, Code.ResourceExhausted]);

/** A field of the request, and what is wrong with it. */
export interface FieldViolation {
  field: string;
  description: string;
}

/** A refusal in all its parts; what the server did not say is empty. */
export class Failure {
  readonly code: Code;
  /** For developers, in English. */
  readonly message: string;
  /** For people, in the Spanish of Argentina. */
  readonly localizedMessage: string;
  /** Stable, for programs: `JOB_TRANSITION_REFUSED`. */
  readonly reason: string;
  /** The variable parts of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly fields: readonly FieldViolation[];
  /** After how long the same call may succeed. */
  readonly retryAfterMs: number | undefined;
  /** What to tell whoever looks into it. */
  readonly requestId: string;

  constructor(error: ConnectError) {
    const [info] = error.findDetails(ErrorInfoSchema);
    const [bad] = error.findDetails(BadRequestSchema);
    const [localized] = error.findDetails(LocalizedMessageSchema);
    const [retry] = error.findDetails(RetryInfoSchema);
    const [request] = error.findDetails(RequestInfoSchema);
    this.code = error.code;
    this.message = error.rawMessage;
    this.localizedMessage = localized?.message ?? "";
    this.reason = info?.reason ?? "";
    this.metadata = info?.metadata ?? {};
    this.fields = (bad?.fieldViolations ?? []).map(({ field, description }) => ({
      field,
      description,
    }));
    this.retryAfterMs =
      retry?.retryDelay === undefined
        ? undefined
        : Number(retry.retryDelay.seconds) * 1000 + retry.retryDelay.nanos / 1e6;
    this.requestId = request?.requestId ?? "";
  }

  /** Whether the same call, made again after a pause, may well succeed. */
  get mayPass(): boolean {
    if (this.code === Code.Unavailable) return true;
    if (this.code === Code.ResourceExhausted && this.retryAfterMs !== undefined) return true;
    return this.isByTheWay && !this.message.includes(TOO_LARGE);
  }

  /** Whether the way to the server failed, of which no server says a reason. */
  private get isByTheWay(): boolean {
    return this.reason === "" && CODES_OF_THE_WAY.has(this.code);
  }
}

/** Return what went wrong with a call, whatever it threw. */
export function failureOf(error: unknown): Failure {
  return new Failure(ConnectError.from(error));
}
