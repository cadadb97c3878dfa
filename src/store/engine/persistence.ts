import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** ms after which the browser seems to be asking: most decide at once by themselves. */
const patience = 500;

/** Asks the browser, once a visit, not to clear what this page stores when the disk is full. While a person may be asked, the page says why. */
export async function askToPersist(): Promise<void> {
  if (getState().persistence !== undefined || !('storage' in navigator) || !('persist' in navigator.storage))
    return;
  setState({ persistence: 'asked' });
  const timer = setTimeout(() => setState({ persistence: 'asking' }), patience);
  const granted = await navigator.storage.persist().catch(() => false);
  clearTimeout(timer);
  setState({ persistence: granted ? 'granted' : 'refused' });
}
