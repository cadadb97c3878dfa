import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as Comlink from 'comlink';
import { afterEach, expect, it, vi } from 'vitest';
import { EngineClient } from '../../src/worker/client.ts';

/** Node has no web workers: this one answers from its own thread, over a real port. */
function PortWorker(): object {
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(
    {
      save: () => ({ ok: true, value: new Uint8Array(1000) }),
      untilLost: () => new Promise(() => undefined),
      bring: (origin: { repo: string }, _: unknown, expected?: string) => {
        asked.push(`bring ${origin.repo}${expected === undefined ? '' : ` as ${expected}`}`);
        return { ok: true, value: { name: `own-${origin.repo}` } };
      },
      load: (pair: string) => {
        asked.push(`load ${pair}`);
        return { ok: true };
      },
    },
    port2,
  );
  ports.push(port1, port2);
  return Object.assign(port1, { terminate: () => port1.close() });
}

const ports: MessagePort[] = [];
const asked: string[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
  asked.length = 0;
  vi.unstubAllGlobals();
});

it('no answer of the engine stays alive when its asker has dropped it', async () => {
  vi.stubGlobal('Worker', PortWorker);
  vi.stubGlobal('document', { baseURI: 'http://localhost/' });
  vi.stubGlobal('navigator', {});
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const client = new EngineClient();
  const answers: WeakRef<object>[] = [];
  for (let i = 0; i < 20; i++) answers.push(new WeakRef(await client.save()));
  const left = () => {
    collect();
    return answers.filter((answer) => answer.deref() !== undefined).length;
  };
  await expect.poll(left).toBe(0);
  expect((await client.save()).ok).toBe(true);
});

it('a new worker is given what a pair needs of a person’s models, and nothing else', async () => {
  vi.stubGlobal('Worker', PortWorker);
  vi.stubGlobal('document', { baseURI: 'http://localhost/' });
  vi.stubGlobal('navigator', {});
  const client = new EngineClient();
  const nothing = () => undefined;
  for (const repo of ['a', 'b']) await client.bring({ repo, revision: 'main' }, nothing);
  await client.load('teacher~own-b', undefined, nothing);
  expect(asked.splice(0)).toEqual(['bring a', 'bring b', 'load teacher~own-b']);
  // The worker is gone.
  Object.assign(client, { started: undefined });
  await client.load('mini', undefined, nothing);
  await client.load('teacher~own-b', undefined, nothing);
  await client.load('teacher~own-b', undefined, nothing);
  expect(asked).toEqual(['load mini', 'bring b as own-b', 'load teacher~own-b', 'load teacher~own-b']);
});
