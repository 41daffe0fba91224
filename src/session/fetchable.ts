import { encodeBinary } from '../mime/encode-binary.ts';
import type { StagedMessage } from '../store/store.ts';
import type { AppendContext } from './append-pieces.ts';

/**
 * A message that holds NUL as every client can fetch it: binary content encoded, staged anew (RFC 3516 section 4.4). The
 * one that was given is disposed of unless it is the one that comes back.
 */
export async function fetchable(
  staged: StagedMessage,
  { account, limits, signal }: AppendContext,
): Promise<StagedMessage> {
  let encoded: StagedMessage | undefined;
  try {
    const content = staged.content();
    const reader = { read: (from: number, to: number) => content.read(from, to, { signal }) };
    const bytes = await encodeBinary(staged.facts.structure, reader, {
      headerBytesMax: limits.mimeHeaderBytesMax,
    });
    encoded = bytes && (await account.stage(bytes, { signal }));
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
  if (encoded === undefined) return staged;
  await staged[Symbol.asyncDispose]();
  return encoded;
}
