import { toFailure } from '../../engine/errors.ts';
import { useStore } from '../store.ts';

/** Does something with kept runs; what goes wrong is said above the panels. */
export async function telling(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    useStore.setState({ runsNotice: toFailure(error) });
  }
}
