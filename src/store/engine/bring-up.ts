import type { LoadedPair, Reply } from '../../worker/protocol.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';

const { getState, setState } = useStore;

/** Opens the device, where it is not open, and loads a pair; what the panels show of a run stays. */
export async function bringUp(pair: string): Promise<Reply<LoadedPair>> {
  const device = await client.open();
  if (!device.ok) return device;
  setState({
    device: { status: 'ready', report: device.value },
    load: { status: 'loading', pair, files: {} },
  });
  return client.load(pair, (progress) => {
    const { load } = getState();
    if (load.status !== 'loading' || load.pair !== pair) return;
    setState({ load: { ...load, files: { ...load.files, [progress.role]: progress } } });
  });
}

/** Says what came of loading a pair. */
export function showLoaded(pair: string, result: Reply<LoadedPair>): void {
  setState({
    load: result.ok ? { status: 'ready', pair } : { status: 'failed', pair, failure: result.failure },
    ...(result.ok && result.value),
  });
}
