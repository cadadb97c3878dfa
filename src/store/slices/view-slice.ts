import type { StateCreator } from 'zustand';

/** What the largest place on the screen shows. */
export type CentreView = 'pictures' | 'curves' | 'model' | 'features' | 'runs';

/** `projector`: larger type and no recipe. `embed`: no more than a run needs, for a frame in somebody’s course notes. */
export type PageView = 'full' | 'projector' | 'embed';

/** What of the page an address can leave out. */
export const pageParts = ['header', 'pair', 'run', 'recipe', 'curves', 'result', 'answers'] as const;
export type PagePart = (typeof pageParts)[number];

/** What a command begins in a view that may have to be opened first. */
export type Wish = 'sweep' | 'slow step' | 'camera';
/** What the share menu opens over the page. */
export type ShareDialog = 'qr' | 'reveal' | 'class' | 'card' | 'cite';

export interface ViewSlice {
  centre: CentreView;
  setCentre(value: CentreView): void;
  /** What the models answer, or what happens inside. */
  explain: 'answers' | 'inside';
  setExplain(value: 'answers' | 'inside'): void;
  keysOpen: boolean;
  measuredOpen: boolean;
  paletteOpen: boolean;
  sharing: ShareDialog | undefined;
  /** Whether the explanation stands in the recipe's place. */
  learnOpen: boolean;
  /** Whether the recipe is shown beside the rest; undefined = where the window is wide enough. */
  recipeOpen: boolean | undefined;
  touring: boolean;
  /** Until whoever fulfils it is there. */
  wish: Wish | undefined;
  setKeysOpen(value: boolean): void;
  setMeasuredOpen(value: boolean): void;
  setPaletteOpen(value: boolean): void;
  setSharing(value: ShareDialog | undefined): void;
  setLearnOpen(value: boolean): void;
  setRecipeOpen(value: boolean): void;
  setTouring(value: boolean): void;
  view: PageView;
  setView(value: PageView): void;
  /** Parts that the address leaves out, beside those that the view does. */
  hidden: readonly PagePart[];
}

export const viewSlice: StateCreator<ViewSlice> = (set) => ({
  centre: 'pictures',
  setCentre: (centre) => set({ centre }),
  explain: 'answers',
  setExplain: (explain) => set({ explain }),
  keysOpen: false,
  measuredOpen: false,
  paletteOpen: false,
  sharing: undefined,
  learnOpen: false,
  recipeOpen: undefined,
  touring: false,
  wish: undefined,
  setKeysOpen: (keysOpen) => set({ keysOpen }),
  setMeasuredOpen: (measuredOpen) => set({ measuredOpen }),
  setPaletteOpen: (paletteOpen) => set({ paletteOpen }),
  setSharing: (sharing) => set({ sharing }),
  setLearnOpen: (learnOpen) => set({ learnOpen }),
  // The tour shows the recipe, whose place the explanation takes.
  setTouring: (touring) => set(touring ? { touring, learnOpen: false, recipeOpen: true } : { touring }),
  setRecipeOpen: (recipeOpen) => set({ recipeOpen }),
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
