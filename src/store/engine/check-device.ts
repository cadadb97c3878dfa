import { cleared } from '../slices/cleared.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';

const { getState, setState } = useStore;

/** Compares the device with PyTorch, once. @returns whether runs may be made on it */
export async function checkDevice(): Promise<boolean> {
  if (getState().selfCheck === undefined) {
    const selfCheck = await client.check();
    setState({ selfCheck });
    if (!selfCheck.ok && selfCheck.failure.code === 'device-wrong')
      setState({ ...cleared(), device: { status: 'failed', failure: selfCheck.failure } });
  }
  return getState().device.status === 'ready';
}
