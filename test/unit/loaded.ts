import { beforeAll } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { openSession, type TrainSession } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { opened } from './device.ts';

/**
 * Training data of one static shape with the nano pair. Kernels are compiled for their shapes, which takes most of a test's time: tests that
 * need no other shape share this one, and with it the kernels.
 */
export const smallData: { tasks: ('name' | 'kind' | 'odd-one-out')[]; batchSize: number } = {
  tasks: ['name', 'kind', 'odd-one-out'],
  batchSize: 4,
};

/** Sessions are immutable: one of each pair for as long as its device is open. */
const sessions = new WeakMap<EngineDevice, Map<string, TrainSession>>();

/**
 * A shipped pair on the test process's device, for all tests of a file.
 * @param adapter as `opened` takes it
 */
export function loaded(pair: string, adapter?: 'null'): { device: EngineDevice; session: TrainSession } {
  const found = opened(adapter) as { device: EngineDevice; session: TrainSession };
  beforeAll(async () => {
    const { device } = found;
    const open = sessions.get(device) ?? new Map<string, TrainSession>();
    sessions.set(device, open);
    found.session = open.get(pair) ?? (await openSession({ source: folderSource('public'), device }, pair));
    open.set(pair, found.session);
  });
  return found;
}
