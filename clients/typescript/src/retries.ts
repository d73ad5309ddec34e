// Calls that are made again, and what makes that harmless.

import { type DescMessage, type Message } from "@bufbuild/protobuf";
import { type Interceptor } from "@connectrpc/connect";

import { failureOf } from "./failures.js";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Gives every command that has none a request id, so that a repeat has no second effect. */
export const givingRequestIds: Interceptor = (next) => (request) => {
  if (!request.stream && hasRequestId(request.method.input)) {
    const command = request.message as Message & { requestId: string };
    command.requestId ||= crypto.randomUUID();
  }
  return next(request);
};

/** Return what makes unary calls again, so often at most and within their deadline. */
export function retrying(attempts: number, timeoutMs: number): Interceptor {
  return (next) => async (request) => {
    if (request.stream) return next(request);
    const deadline = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    const bounded = { ...request, signal: deadline };
    for (let failures = 1; ; failures += 1) {
      try {
        return await next(bounded);
      } catch (error) {
        const failure = failureOf(error);
        if (!failure.mayPass || failures >= attempts || deadline.aborted) throw error;
        await pause(pauseMs(failures, failure.retryAfterMs), deadline, error);
      }
    }
  };
}

function hasRequestId(input: DescMessage): boolean {
  return input.field["requestId"] !== undefined;
}

/** What the server asks for is a least; the random part keeps a crowd from coming back at once. */
function pauseMs(failures: number, askedForMs = 0): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  return askedForMs + Math.random() * longest;
}

function pause(milliseconds: number, deadline: AbortSignal, error: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds, resolve);
    const giveUp = () => done(() => reject(error));
    deadline.addEventListener("abort", giveUp, { once: true });

    function done(settle: () => void): void {
      clearTimeout(timer);
      deadline.removeEventListener("abort", giveUp);
      settle();
    }
  });
}
