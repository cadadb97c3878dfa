import { useStore, type Store } from './store.ts';

/** From now on, calls `act` when `patience` ms have passed since the latest of the changes that `matters` tells from others. */
export function afterChanges(
  matters: (now: Store, before: Store) => boolean,
  patience: number,
  act: () => void,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  useStore.subscribe((now, before) => {
    if (!matters(now, before)) return;
    clearTimeout(timer);
    timer = setTimeout(act, patience);
  });
}
