import { constants, createZstdDecompress, zstdDecompressSync } from 'node:zlib';

/**
 * What a Zstd stream of Node is inside. Node's functions make such a stream for each call, a native context of
 * 150 KiB with it, and new memory for the result: for a message of 25 KB three times what the unpacking takes
 * (docs/decisions/0015-reading-bodies.md). Nothing public unpacks again and again into memory that is there.
 */
interface Inside {
  readonly _handle: {
    onerror: (text: string) => void;
    // oxlint-disable-next-line eslint/max-params -- so Node has it
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number,
    ): void;
  };
  /** After a call: how much room the output still has, and how many bytes of the input were not read. */
  readonly _writeState: Uint32Array;
}

/** More than there should be tells a wrong chunk, and leaves no room for a bomb. */
export const spareBytes = 64;

/** One for the process: a context is good for one frame after the other until one of them is broken. */
let stream: Inside | undefined;
/** Whether this Node is not as described above: then its functions do it, at their price. */
let strange = false;

/**
 * Unpacks one zstd frame into memory that has `spareBytes` more than there should be; how many bytes came. Throws for
 * what is not one whole frame or too large.
 */
export function unpackFrame(frame: Uint8Array, room: Uint8Array): number {
  if (strange) return unpackPublicly(frame, room);
  const inside = (stream ??= open());
  if (inside === undefined) return unpackPublicly(frame, room);
  let failure: string | undefined;
  inside._handle.onerror = (text) => (failure = text);
  inside._handle.writeSync(constants.ZSTD_e_end, frame, 0, frame.length, room, 0, room.length);
  const [roomLeft = 0, unread = 0] = inside._writeState;
  if (failure === undefined && unread === 0 && roomLeft > 0) return room.length - roomLeft;
  // It may stand in the middle of the frame.
  stream = undefined;
  throw new Error(failure ?? 'not one frame of the size it should have');
}

/** Whether frames are unpacked by the quick way; otherwise this Node is to be looked at. */
export function isQuick(): boolean {
  stream ??= open();
  return stream !== undefined;
}

/** Makes the stream and tries it; undefined, for ever, when it does not do what it should. */
function open(): Inside | undefined {
  const made = createZstdDecompress() as unknown as Partial<Inside>;
  const { _handle: handle, _writeState: state } = made;
  strange = typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array);
  if (strange) return undefined;
  const room = Buffer.alloc(8);
  try {
    handle!.writeSync(constants.ZSTD_e_end, sample, 0, sample.length, room, 0, room.length);
    strange = room.toString('latin1') !== 'zstd\0\0\0\0' || state![0] !== 4 || state![1] !== 0;
  } catch {
    strange = true;
  }
  return strange ? undefined : (made as Inside);
}

/** `zstd` as a frame with one raw block. */
const sample = Buffer.from('28b52ffd20042100007a737464', 'hex');

/** The same by what Node offers to everybody. */
export function unpackPublicly(frame: Uint8Array, room: Uint8Array): number {
  const bytes = zstdDecompressSync(frame, {
    chunkSize: room.length,
    maxOutputLength: room.length - 1,
  });
  room.set(bytes);
  return bytes.length;
}
