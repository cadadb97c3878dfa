import { afterChanges } from '../after-changes.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore, type Store } from '../store.ts';
import { client } from './client.ts';

const { getState, setState } = useStore;

/** Milliseconds after the last change before a new forecast is asked for. */
const patience = 400;

/** Keeps the forecast in step with the draft and the loaded pair from now on. */
export function followForecast(): void {
  const differs = (now: Store, before: Store) => now.draft !== before.draft || now.load !== before.load;
  useStore.subscribe((now, before) => {
    if (differs(now, before)) setState({ forecast: undefined, kernelsCompiled: 0 });
  });
  afterChanges(differs, patience, () => void foresee());
}

/** Asks what the draft will take, where it could run now. */
export async function foresee(): Promise<void> {
  const { draft, parsed, load, issues, run } = getState();
  if (parsed === undefined || issues.length > 0 || load.status !== 'ready' || isActive(run.phase)) return;
  const result = await client.forecast(parsed, (done) => {
    if (getState().draft === draft) setState({ kernelsCompiled: done });
  });
  // A forecast that fails says nothing; a run would say why.
  if (result.ok && getState().draft === draft) setState({ forecast: result.value });
}
