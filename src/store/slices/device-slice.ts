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
  /** How often the engine was lost. */
  losses: number;
  /** The bringing back of a lost engine, while it goes on; resolves to whether device and pair are there again. */
  recovery: Promise<boolean> | undefined;
  /** The latest loss that the engine has come back from, and the step from which a run went on, where one did. */
  setback: { failure: EngineFailure; wentOnFrom: number | undefined } | undefined;
}

export const deviceSlice: StateCreator<DeviceSlice> = () => ({
  device: { status: 'opening' },
  selfCheck: undefined,
  losses: 0,
  recovery: undefined,
  setback: undefined,
});
