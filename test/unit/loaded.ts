import { afterAll, beforeAll } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { openSession, type TrainSession } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';

/**
 * A shipped pair on a Dawn device of its own, for all tests of a file.
 * @param adapter “null” computes nothing and counts everything; by default the best software driver there is.
 */
export function loaded(pair: string, adapter?: 'null'): { device: EngineDevice; session: TrainSession } {
  const found = {} as { device: EngineDevice; session: TrainSession };
  const before = process.env.GENRECAL_ADAPTER;
  beforeAll(async () => {
    if (adapter !== undefined) process.env.GENRECAL_ADAPTER = adapter;
    found.device = await openNodeDevice();
    found.session = await openSession({ source: folderSource('public'), device: found.device }, pair);
  });
  afterAll(() => {
    found.device.dispose();
    if (before === undefined) delete process.env.GENRECAL_ADAPTER;
    else process.env.GENRECAL_ADAPTER = before;
  });
  return found;
}
