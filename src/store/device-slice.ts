import type { StateCreator } from 'zustand';
import type { EngineFailure } from '../engine/errors.ts';
import type { DeviceReport, Reply, SelfCheckReport } from '../worker/protocol.ts';
import type { Store } from './store.ts';

export interface DeviceSlice {
  device:
    | { status: 'opening' }
    | { status: 'ready'; report: DeviceReport }
    | { status: 'failed'; failure: EngineFailure };
  /** How the device compares with PyTorch; undefined until that is known. */
  selfCheck: Reply<SelfCheckReport> | undefined;
}

export const deviceSlice: StateCreator<Store, [], [], DeviceSlice> = () => ({
  device: { status: 'opening' },
  selfCheck: undefined,
});
