import type { StateCreator } from 'zustand';
import type { EngineFailure } from '../../engine/errors.ts';
import type { LoadedPair, PairReport, SessionProgress } from '../../worker/protocol.ts';

type LoadRole = SessionProgress['role'];

export interface PairSlice {
  /** From the checkpoint index; empty until it has been read. */
  pairs: PairReport[];
  load:
    | { status: 'idle' }
    | { status: 'loading'; pair: string; files: Partial<Record<LoadRole, SessionProgress>> }
    | { status: 'ready'; pair: string }
    | { status: 'failed'; pair: string; failure: EngineFailure };
  /** What the loaded pair is made of. */
  architecture: LoadedPair['architecture'] | undefined;
  /** What identifies it. */
  contents: LoadedPair['contents'] | undefined;
}

export const pairSlice: StateCreator<PairSlice> = () => ({
  pairs: [],
  load: { status: 'idle' },
  architecture: undefined,
  contents: undefined,
});
