import type { StateCreator } from 'zustand';
import type { PanelItem } from '../engine/distill/events.ts';
import type { Store } from './store.ts';

export interface AnswersSlice {
  /** Held-out pictures with what the teacher and the untouched student say. */
  panel: PanelItem[];
  /** What each arm's student says now, by arm and question id, and since which step. */
  answers: { step: number; byArm: Record<string, Record<string, string>> };
}

export const answersSlice: StateCreator<Store, [], [], AnswersSlice> = () => ({
  panel: [],
  answers: { step: 0, byArm: {} },
});
