import type { StateCreator } from 'zustand';

export interface VersionSlice {
  /** A newer build of the page, by its service worker, which waits: until it is wanted, or until no other tab shows the old one. */
  newVersion: { worker: ServiceWorker | undefined; otherTabs: boolean } | undefined;
}

export const versionSlice: StateCreator<VersionSlice> = () => ({ newVersion: undefined });
