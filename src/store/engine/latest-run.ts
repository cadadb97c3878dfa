import type { RunSummary } from '../../engine/run/events.ts';
import type { Reply } from '../../worker/protocol.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';

/** The state of the latest run (`encodeState`); the page keeps it unless another run has begun meanwhile. */
export async function saveState(): Promise<Reply<Uint8Array>> {
  const { present } = useStore.getState();
  const reply = await client.save();
  if (reply.ok && useStore.getState().present === present) useStore.setState({ latestState: reply.value });
  return reply;
}

/** The student of the latest run, when it is done, as the files of a checkpoint folder. */
export function latestStudent(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
  return client.student(final, origin);
}
