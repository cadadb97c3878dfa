const name = 'genrecal-run';

/**
 * Holds the one lock that all tabs of this page share while a run goes on.
 * @returns what gives it back, or undefined while another tab trains. Where locks do not exist, this tab counts as the only one.
 */
export function holdRunLock(): Promise<(() => void) | undefined> {
  if (!('locks' in navigator)) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        resolve(undefined);
        return undefined;
      }
      return new Promise<void>((release) => resolve(release));
    });
  });
}

/** True while some tab holds the lock. */
export async function someTabTrains(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some((lock) => lock.name === name);
}
