/** Smaller memory is not worth the call: collecting it costs next to nothing. */
const releaseFrom = 16 * 1024;

/**
 * Gives back the memory of bytes that nobody will look at again. What sockets hand out counts for V8's
 * collector although it is not on its heap: sixteen messages of 1 MiB passing through are a collection of everything,
 * and cost more than all that is done with them. Bytes that are only a part of some memory are left alone.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < releaseFrom || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
