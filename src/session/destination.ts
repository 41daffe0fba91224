import { no } from '../model/refusal.ts';

/**
 * Waits for a write into another mailbox. One that was removed a moment ago is answered like one that never
 * was: NO [TRYCREATE] (RFC 9051 sections 6.3.12, 6.4.7 and 6.4.8).
 */
export async function intoDestination<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'mailbox-not-found';
    throw gone ? no('there is no mailbox of this name', { kind: 'TRYCREATE' }) : error;
  }
}
