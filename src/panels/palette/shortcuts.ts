import { centreViews } from '../frame/centre.tsx';

export interface Shortcut {
  /** As `useHotkeys` names them; any of them. */
  hotkeys: readonly string[];
  /** As a keyboard shows them. */
  keys: readonly string[];
  label: string;
  /** Ids of commands: the first one that can be done now is. */
  commands: readonly string[];
}

/** Every key of the page, in the order of the list that “?” shows. */
export const shortcuts: readonly Shortcut[] = [
  {
    hotkeys: ['space'],
    keys: ['Space'],
    label: 'Run, pause or resume',
    commands: ['pause', 'resume', 'run'],
  },
  { hotkeys: ['.'], keys: ['.'], label: 'One step, then pause', commands: ['step'] },
  // With Shift: what stops cannot be resumed.
  { hotkeys: ['shift+S'], keys: ['Shift', 'S'], label: 'Stop the run', commands: ['stop'] },
  ...(centreViews.length > 1
    ? centreViews.map(({ label }, i) => ({
        hotkeys: [String(i + 1)],
        keys: [String(i + 1)],
        label: `Show the ${label}`,
        commands: [`centre-${i + 1}`],
      }))
    : []),
  { hotkeys: [], keys: ['←', '→'], label: 'In the model view: the part before or after', commands: [] },
  { hotkeys: ['i'], keys: ['I'], label: 'Answers or inside', commands: ['inside'] },
  { hotkeys: ['l'], keys: ['L'], label: 'Read along: how this works', commands: ['learn'] },
  { hotkeys: ['t'], keys: ['T'], label: 'Tour of the page', commands: ['tour'] },
  { hotkeys: ['p'], keys: ['P'], label: 'Projector mode', commands: ['projector'] },
  { hotkeys: ['c'], keys: ['C'], label: 'Copy the link', commands: ['copy-link'] },
  // Some keyboards need no Shift for “?”.
  { hotkeys: ['shift+?', '?'], keys: ['?'], label: 'Show these keys', commands: ['keys'] },
];

/** The palette's own key, which works in text fields too. */
export const paletteShortcut = {
  hotkey: 'mod+K',
  keys: [/mac|iphone|ipad/i.test(globalThis.navigator?.userAgent ?? '') ? '⌘' : 'Ctrl', 'K'],
  label: 'Commands: find anything by name',
} as const;
