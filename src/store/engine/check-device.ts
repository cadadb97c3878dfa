import { cleared } from '../slices/cleared.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';
import { engineBack, isLoss } from './supervise.ts';

const { getState, setState } = useStore;

/** Devices that may be lost one after the other while they are compared. */
const maxLosses = 3;

/** Compares the device with PyTorch, once. @returns whether runs may be made on it */
export async function checkDevice(): Promise<boolean> {
  for (let losses = 0; getState().selfCheck === undefined;) {
    const selfCheck = await client.check();
    // A device that was lost, or not asked, says nothing of the next one, which is compared in its turn.
    if (!selfCheck.ok && (isLoss(selfCheck.failure) || selfCheck.failure.code === 'engine-busy')) {
      if (++losses === maxLosses || !(await engineBack())) return false;
      continue;
    }
    setState({ selfCheck });
    if (!selfCheck.ok && selfCheck.failure.code === 'device-wrong')
      setState({ ...cleared(), device: { status: 'failed', failure: selfCheck.failure } });
  }
  return getState().device.status === 'ready';
}
