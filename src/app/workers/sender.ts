/** The side of a channel between processes that messages go into. */
interface Channel<Message> {
  readonly connected: boolean;
  /** False when much waits to be sent. */
  send(message: Message, done: (error: Error | null) => void): boolean;
}

/**
 * Sends as long as there is somebody to hear; a channel that breaks is noticed by the end of the process behind it.
 * Advice is dropped while the other side does not read, so that what waits for it stays small.
 */
export function sender<Message extends { readonly kind: string }>(
  channel: Channel<Message>,
): (message: Message) => void {
  let congested = false;
  return (message) => {
    if (!channel.connected || (congested && message.kind === 'shown')) return;
    const flows = channel.send(message, () => {
      if (!flows) congested = false;
    });
    if (!flows) congested = true;
  };
}
