import { messageSW, Workbox } from 'workbox-window';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';
import { otherTabsOpen } from './page-lock.ts';

const { getState, setState } = useStore;

/** What a newcomer sees, and what runs anywhere. */
const keptPairs = [defaultRecipe.pair, 'nano'];

/**
 * Keeps the page, the default pair and the nano pair for visits without a network. A service worker serves one build, whole: a newer one waits
 * until it is taken, or until every tab of the older one is closed. Where a browser keeps nothing, the page works as it does online.
 */
export async function keepOffline(): Promise<void> {
  await client.keep(keptPairs);
  if (!('serviceWorker' in navigator)) return;
  const workbox = new Workbox(new URL('sw.js', document.baseURI).href);
  const offer = (worker: ServiceWorker | undefined) => setState({ newVersion: { worker, otherTabs: false } });
  workbox.addEventListener('waiting', ({ sw }) => offer(sw));
  const registration = await workbox.register().catch(() => undefined);
  // One that the browser found by itself is not heard of where it is already on its way; the first of all replaces nothing.
  const found = registration?.active ? registration.installing : null;
  found?.addEventListener('statechange', () => {
    if (found.state === 'installed') offer(found);
  });
  // A tab may stay open for days.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void workbox.update().catch(() => undefined);
  });
}

/** Reloads the page with the newer build, unless another tab still shows the older one, which would lose its files. */
export async function takeNewVersion(): Promise<void> {
  const otherTabs = await otherTabsOpen();
  const worker = getState().newVersion?.worker;
  if (otherTabs) setState({ newVersion: { worker, otherTabs } });
  if (otherTabs || worker === undefined) return;
  worker.addEventListener('statechange', () => {
    if (worker.state === 'activated') window.location.reload();
  });
  void messageSW(worker, { type: 'SKIP_WAITING' });
}
