import type { StateCreator } from 'zustand';
import type { EngineFailure } from '../../engine/errors.ts';
import type { DeviceReport, Reply, SelfCheckReport } from '../../worker/protocol.ts';

export interface DeviceSlice {
  device:
    | { status: 'opening' }
    | { status: 'ready'; report: DeviceReport }
    | { status: 'failed'; failure: EngineFailure };
  /** How the device compares with PyTorch; undefined until that is known. */
  selfCheck: Reply<SelfCheckReport> | undefined;
  /** The latest loss that the engine has come back from, and the step from which a run went on, where one did. */
  setback: { failure: EngineFailure; resumedAt: number | undefined } | undefined;
}

export const deviceSlice: StateCreator<DeviceSlice> = () => ({
  device: { status: 'opening' },
  selfCheck: undefined,
  setback: undefined,
});
