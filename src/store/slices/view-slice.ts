import type { StateCreator } from 'zustand';

/** What the largest place on the screen shows. */
export type CentreView = 'curves' | 'model' | 'features' | 'runs';

/** `projector`: larger type and no recipe. `embed`: no more than a run needs, for a frame in somebody’s course notes. */
export type PageView = 'full' | 'projector' | 'embed';

/** What of the page an address can leave out. */
export const pageParts = ['header', 'pair', 'run', 'recipe', 'curves', 'result', 'answers'] as const;
export type PagePart = (typeof pageParts)[number];

export interface ViewSlice {
  centre: CentreView;
  setCentre(value: CentreView): void;
  /** What the models answer, or what happens inside. */
  explain: 'answers' | 'inside';
  setExplain(value: 'answers' | 'inside'): void;
  keysOpen: boolean;
  measuredOpen: boolean;
  paletteOpen: boolean;
  /** Whether the explanation stands in the recipe's place. */
  learnOpen: boolean;
  touring: boolean;
  setKeysOpen(value: boolean): void;
  setMeasuredOpen(value: boolean): void;
  setPaletteOpen(value: boolean): void;
  setLearnOpen(value: boolean): void;
  setTouring(value: boolean): void;
  view: PageView;
  setView(value: PageView): void;
  /** Parts that the address leaves out, beside those that the view does. */
  hidden: readonly PagePart[];
}

export const viewSlice: StateCreator<ViewSlice> = (set) => ({
  centre: 'curves',
  setCentre: (centre) => set({ centre }),
  explain: 'answers',
  setExplain: (explain) => set({ explain }),
  keysOpen: false,
  measuredOpen: false,
  paletteOpen: false,
  learnOpen: false,
  touring: false,
  setKeysOpen: (keysOpen) => set({ keysOpen }),
  setMeasuredOpen: (measuredOpen) => set({ measuredOpen }),
  setPaletteOpen: (paletteOpen) => set({ paletteOpen }),
  setLearnOpen: (learnOpen) => set({ learnOpen }),
  // The tour shows the recipe, whose place the explanation takes.
  setTouring: (touring) => set(touring ? { touring, learnOpen: false } : { touring }),
  view: 'full',
  setView: (view) => set({ view }),
  hidden: [],
});

const hiddenIn: Record<PageView, readonly PagePart[]> = {
  full: [],
  projector: ['recipe'],
  embed: ['header', 'pair', 'recipe'],
};

/** Whether a part of the page is shown. */
export function shows({ view, hidden }: Pick<ViewSlice, 'view' | 'hidden'>, part: PagePart): boolean {
  return !hiddenIn[view].includes(part) && !hidden.includes(part);
}
