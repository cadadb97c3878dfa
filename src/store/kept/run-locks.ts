import { EngineError } from '../../engine/errors.ts';

const prefix = 'genrecal-run/';

/** The runs that this tab holds, so that no other trains them meanwhile. The browser gives them back when the tab dies. */
export class RunLocks {
  /** By run: how often it is held, and what gives it back. */
  private readonly own = new Map<string, { times: number; release: () => void }>();

  /**
   * Makes this tab the only one that trains a run, until what is returned is called as often as this was. A tab that holds a run is not frozen in
   * the background.
   * @returns undefined while another tab trains the run. Where locks do not exist, this tab counts as the only one.
   */
  async hold(id: string): Promise<(() => void) | undefined> {
    if (!this.own.has(id)) {
      const release = await request(prefix + id);
      if (release === undefined) return undefined;
      this.own.set(id, { times: 0, release });
    }
    const held = this.own.get(id)!;
    held.times++;
    return () => {
      if (--held.times > 0) return;
      this.own.delete(id);
      held.release();
    };
  }

  /**
   * Does what no two tabs may do with one run at a time.
   * @throws EngineError `engine-busy` where another tab has the run.
   */
  async alone(id: string, task: () => Promise<void>): Promise<void> {
    const release = await this.hold(id);
    if (release === undefined)
      throw new EngineError(
        'engine-busy',
        'Another tab of this page is training this run.',
        'Wait until it is done, or stop it there.',
      );
    try {
      await task();
    } finally {
      release();
    }
  }

  /** Resolves when no other tab trains these runs any more; the browser hears of a closed tab a little later. */
  async free(ids: Iterable<string>): Promise<void> {
    const wait = (id: string) => navigator.locks.request(prefix + id, () => undefined);
    await Promise.all([...ids].map(wait));
  }

  /** Runs that other tabs train. */
  async elsewhere(): Promise<Set<string>> {
    if (!('locks' in navigator)) return new Set();
    const { held = [] } = await navigator.locks.query().catch((): LockManagerSnapshot => ({}));
    const ids = held.flatMap(({ name }) => (name?.startsWith(prefix) ? name.slice(prefix.length) : []));
    return new Set(ids.filter((id) => !this.own.has(id)));
  }
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
