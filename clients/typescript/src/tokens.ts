// Who calls: a token that is asked for once and again when the server refuses it.

import type { Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";

/** A JWT, or what returns one. */
export type TokenSource = string | (() => string | Promise<string>);

/** Return what adds the token to each call, and renews it once when it is refused. */
export function authorised(source: TokenSource | undefined): Interceptor {
  let known: string | undefined;

  async function token(): Promise<string | undefined> {
    known ??= typeof source === "function" ? await source() : source;
    return known;
  }

  return (next) => async (original) => {
    const used = await token();
    if (used === undefined) return next(original);
    const request = await repeatable(original);
    request.header.set("authorization", `Bearer ${used}`);
    try {
      return await next(request);
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unauthenticated || typeof source !== "function") {
        throw error;
      }
      // Another call may have renewed it meanwhile.
      if (known === used) known = undefined;
      request.header.set("authorization", `Bearer ${await token()}`);
      return next(request);
    }
  };
}

/** Keep what a stream is opened with: by itself it can be read only once. */
async function repeatable(
  request: UnaryRequest | StreamRequest,
): Promise<UnaryRequest | StreamRequest> {
  if (!request.stream) return request;
  const messages: Message[] = [];
  for await (const message of request.message) messages.push(message);
  return { ...request, message: { [Symbol.asyncIterator]: () => each(messages) } };
}

async function* each<T>(messages: readonly T[]): AsyncGenerator<T> {
  yield* messages;
}
