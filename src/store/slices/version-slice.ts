import type { StateCreator } from 'zustand';

export interface VersionSlice {
  /** A newer build of the page that waits: until it is wanted, or until no other tab shows the old one. */
  newVersion: 'ready' | 'other-tabs' | undefined;
}

export const versionSlice: StateCreator<VersionSlice> = () => ({ newVersion: undefined });
