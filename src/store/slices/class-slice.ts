import type { StateCreator } from 'zustand';
import type { ClassResult } from '../../engine/run/class-result.ts';

/** One laptop's result, and whose it is, where that was said. */
export interface ClassEntry {
  who: string | undefined;
  result: ClassResult;
}

export interface ClassSlice {
  /** Results of a class, as they came. */
  classEntries: readonly ClassEntry[];
  /** What of what came last is none, or came twice. */
  classFaults: readonly string[];
}

export const classSlice: StateCreator<ClassSlice> = () => ({ classEntries: [], classFaults: [] });
