// Calls that are made again, and what makes that harmless.

import {
  clone,
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { type Transport } from "@connectrpc/connect";

import { failureOf } from "./failures.js";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const NO_TIMEOUT = 0;

/** How often a unary call is made at most, and how long it may take unless it says so itself. */
export interface Patience {
  attempts: number;
  timeoutMs: number;
}

/**
 * Return a transport that makes unary calls again, so often at most and within their time. All
 * attempts of a command carry the same request id, so that a repeat has no second effect.
 */
export function retrying(transport: Transport, { attempts, timeoutMs }: Patience): Transport {
  return {
    stream: (...call) => transport.stream(...call),
    async unary(method, signal, given = timeoutMs, header, input, contextValues) {
      const message = withRequestId(method.input, input);
      const end = given > NO_TIMEOUT ? performance.now() + given : Infinity;
      for (let failures = 1; ; failures += 1) {
        const left = end === Infinity ? NO_TIMEOUT : Math.max(1, Math.ceil(end - performance.now()));
        try {
          return await transport.unary(method, signal, left, header, message, contextValues);
        } catch (error) {
          const failure = failureOf(error);
          const next = pauseMs(failures, failure.retryAfterMs);
          const isLast = failures >= attempts || performance.now() + next >= end;
          if (isLast || !failure.mayPass) throw error;
          // A caller that gave up meanwhile is told so by the next attempt.
          await pause(next, signal);
        }
      }
    },
  };
}

function withRequestId<I extends DescMessage>(input: I, init: MessageInitShape<I>) {
  // A copy: what the caller sends once more is another command.
  const message = clone(input, create(input, init));
  if (input.field["requestId"] !== undefined) {
    const command = message as Message & { requestId: string };
    command.requestId ||= crypto.randomUUID();
  }
  return message as MessageInitShape<I>;
}

/** What the server asks for is a least; the random part keeps a crowd from coming back at once. */
function pauseMs(failures: number, askedForMs = 0): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  return askedForMs + Math.random() * longest;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });

    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
