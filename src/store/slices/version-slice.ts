import type { StateCreator } from 'zustand';
import type { Store } from '../store.ts';

export interface VersionSlice {
  /** A newer build of the page that waits: until it is wanted, or until no other tab shows the old one. */
  newVersion: 'ready' | 'other-tabs' | undefined;
}

export const versionSlice: StateCreator<Store, [], [], VersionSlice> = () => ({ newVersion: undefined });
