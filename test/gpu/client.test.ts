import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EngineFailure } from '../../src/engine/errors.ts';
import { EngineClient } from '../../src/worker/client.ts';

/** The page's side of the engine with the real worker in real Chromium. */
const workers: Worker[] = [];

class SeenWorker extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    workers.push(this);
  }
}

beforeAll(() => {
  vi.stubGlobal('Worker', SeenWorker);
  // The worker looks for its files from where the page is.
  const base = document.createElement('base');
  base.href = '/';
  document.head.append(base);
});
afterAll(() => {
  for (const worker of workers) worker.terminate();
  vi.unstubAllGlobals();
});

/** Whether the page waits for the worker's lock, and so hears of its end. */
async function watched(): Promise<boolean> {
  const { pending = [] } = await navigator.locks.query();
  return pending.some(({ name }) => name?.startsWith('genrecal-engine-'));
}

describe('the client', () => {
  it('answers whoever waits for a worker that is killed, and starts another', async () => {
    const heard: EngineFailure[] = [];
    const client = new EngineClient();
    client.onGone = (failure) => heard.push(failure);
    expect((await client.pairs()).ok).toBe(true);
    await expect.poll(watched).toBe(true);
    const opening = client.open();
    workers.at(-1)!.terminate();
    expect(await opening).toMatchObject({ ok: false, failure: { code: 'engine-lost' } });
    expect(heard).toHaveLength(1);
    const before = workers.length;
    // Commands to a run that is gone start nothing.
    client.stop();
    expect(workers).toHaveLength(before);
    expect((await client.pairs()).ok).toBe(true);
    expect(workers).toHaveLength(before + 1);
  });
});
