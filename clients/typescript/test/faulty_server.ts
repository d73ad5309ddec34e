// A server on a loopback port that answers calls as it is told, in the framing of gRPC-Web.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as passing } from "node:timers/promises";

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Code, ConnectError } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";

import { CreateJobRequestSchema, CreateJobResponseSchema } from "../src/index.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";

const HEADERS = { "content-type": "application/grpc-web+proto" };
const TRAILERS = 0x80;
const PREFIX_BYTES = 5;

/** How one call is answered. */
export type Answer = (response: ServerResponse) => void | Promise<void>;

/** What a server saw of one call. */
export interface SeenCall {
  requestId: string;
  timeout: string | undefined;
}

/** What a server says when it refuses a call, beside the code. */
export interface Said {
  message?: string;
  reason?: string;
  retryAfterSeconds?: number;
}

export const answered: Answer = (response) => {
  const message = toBinary(CreateJobResponseSchema, create(CreateJobResponseSchema, { job: {} }));
  response.writeHead(200, HEADERS);
  response.end(Buffer.concat([framed(0, message), framed(TRAILERS, "grpc-status: 0\r\n")]));
};

export const cutOff: Answer = (response) => {
  response.destroy();
};

export const neverAnswered: Answer = () => {};

export function answeredAfter(milliseconds: number): Answer {
  return async (response) => {
    await passing(milliseconds);
    await answered(response);
  };
}

export function refused(code: Code, said: Said = {}): Answer {
  const error = new ConnectError(said.message ?? "Not now.", code, undefined, [
    ...(said.reason ? [{ desc: ErrorInfoSchema, value: { reason: said.reason } }] : []),
    ...(said.retryAfterSeconds
      ? [{ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(said.retryAfterSeconds) } } }]
      : []),
  ]);
  const trailers = new Headers(HEADERS);
  setTrailerStatus(trailers, error);
  return (response) => {
    trailers.forEach((value, name) => response.setHeader(name, value));
    response.end();
  };
}

/** Answers as planned, and everything after it well; notes what it saw. */
export class FaultyServer {
  readonly seen: SeenCall[] = [];
  readonly planned: Answer[];
  private readonly http: Server;

  private constructor(planned: Answer[]) {
    this.planned = planned;
    this.http = createServer((request, response) => void this.answer(request, response));
  }

  static async answering(...planned: Answer[]): Promise<FaultyServer> {
    const server = new FaultyServer(planned);
    await new Promise<void>((listening) => server.http.listen(0, "127.0.0.1", listening));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  close(): void {
    this.http.close();
    this.http.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { requestId } = fromBinary(CreateJobRequestSchema, body.subarray(PREFIX_BYTES));
    this.seen.push({ requestId, timeout: request.headers["grpc-timeout"]?.toString() });
    await (this.planned.shift() ?? answered)(response);
  }
}

function framed(flags: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as string);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}
