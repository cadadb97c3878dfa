import type { LoadedPair, Reply } from '../../worker/protocol.ts';
import { isSame, type Loadable } from '../slices/pair-slice.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';

const { getState, setState } = useStore;

/** Opens the device, where it is not open, and loads a pair and its pictures; what the panels show of a run stays. */
export async function bringUp({ pair, own }: Loadable): Promise<Reply<LoadedPair>> {
  const device = await client.open();
  if (!device.ok) return device;
  setState({
    device: { status: 'ready', report: device.value },
    load: { status: 'loading', pair, own, files: {} },
  });
  return client.load(pair, own, (progress) => {
    const { load } = getState();
    if (load.status !== 'loading' || !isSame(load, { pair, own })) return;
    setState({ load: { ...load, files: { ...load.files, [progress.role]: progress } } });
  });
}

/** Says what came of loading a pair. */
export function showLoaded({ pair, own }: Loadable, result: Reply<LoadedPair>): void {
  if (!result.ok) {
    setState({ load: { status: 'failed', pair, own, failure: result.failure } });
    return;
  }
  const { pair: loaded, ...about } = result.value;
  const { pairs } = getState();
  setState({
    load: { status: 'ready', pair, own },
    // One with a person's own models, which a link or a record named.
    ...(pairs.every(({ key }) => key !== pair) && { pairs: [...pairs, loaded] }),
    ...about,
  });
}
