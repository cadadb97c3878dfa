import { useStore } from '../store.ts';
import { checkDevice } from './check-device.ts';
import { client } from './client.ts';
import { loadPair } from './load-pair.ts';

const { getState, setState } = useStore;

/** Opens the device, reads the index and loads the recipe's pair. Safe to call again after a failure. */
export async function start(): Promise<void> {
  setState({ device: { status: 'opening' }, load: { status: 'idle' } });
  const [device, pairs] = await Promise.all([client.open(), client.pairs()]);
  if (pairs.ok) setState({ pairs: pairs.value });
  if (!device.ok) {
    setState({ device: { status: 'failed', failure: device.failure } });
    return;
  }
  setState({ device: { status: 'ready', report: device.value } });
  const wanted = getState().draft.pair;
  if (!pairs.ok) {
    setState({ load: { status: 'failed', pair: wanted, failure: pairs.failure } });
    return;
  }
  const has = pairs.value.some(({ key }) => key === wanted);
  await loadPair(has ? wanted : (await import('./unknown-pair.ts')).insteadOf(wanted, pairs.value));
  // Where kernels compile on the CPU, the first run does it.
  if (getState().load.status === 'ready' && !device.value.software) await checkDevice();
}
