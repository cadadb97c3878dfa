import type { StateCreator } from 'zustand';
import type { EngineFailure } from '../engine/errors.ts';
import type { DeviceReport } from '../worker/protocol.ts';
import type { Store } from './store.ts';

export interface DeviceSlice {
  device:
    | { status: 'opening' }
    | { status: 'ready'; report: DeviceReport }
    | { status: 'failed'; failure: EngineFailure };
}

export const deviceSlice: StateCreator<Store, [], [], DeviceSlice> = () => ({
  device: { status: 'opening' },
});
