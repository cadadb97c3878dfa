const prefix = 'genrecal-run/';

/** Runs that this tab holds, and how often. */
const own = new Map<string, { times: number; release: () => void }>();

/**
 * Makes this tab the only one that trains a run, until what is returned is called as often as this was. The browser gives it back when the tab
 * dies; a tab that holds it is not frozen in the background.
 * @returns undefined while another tab trains the run. Where locks do not exist, this tab counts as the only one.
 */
export async function holdRun(id: string): Promise<(() => void) | undefined> {
  if (!own.has(id)) {
    const release = await request(prefix + id);
    if (release === undefined) return undefined;
    own.set(id, { times: 0, release });
  }
  const held = own.get(id)!;
  held.times++;
  return () => {
    if (--held.times > 0) return;
    own.delete(id);
    held.release();
  };
}

/** Runs that other tabs train. */
export async function runsElsewhere(): Promise<Set<string>> {
  if (!('locks' in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query().catch((): LockManagerSnapshot => ({}));
  const ids = held.flatMap(({ name }) => (name?.startsWith(prefix) ? name.slice(prefix.length) : []));
  return new Set(ids.filter((id) => !own.has(id)));
}

function request(name: string): Promise<(() => void) | undefined> {
  if (!('locks' in navigator)) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(undefined);
          return undefined;
        }
        return new Promise<void>((release) => resolve(release));
      })
      // Frames without an origin of their own may not ask.
      .catch(() => resolve(() => undefined));
  });
}
