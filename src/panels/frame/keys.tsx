import { useHotkeys } from '@mantine/hooks';
import { useStore } from '../../store/store.ts';
import { commandsFor } from '../palette/commands.ts';
import { useColourScheme } from '../palette/colour-scheme.ts';
import { paletteShortcut, shortcuts } from '../palette/shortcuts.ts';

/** Page-wide keys; shows nothing. */
export default function Keys() {
  const colours = useColourScheme();
  const perform = (ids: readonly string[], event: KeyboardEvent) => {
    if (isWanted(event)) return;
    event.preventDefault();
    const possible = commandsFor(useStore.getState(), colours);
    const id = ids.find((wanted) => possible.some((command) => command.id === wanted));
    possible.find((command) => command.id === id)?.run();
  };
  useHotkeys(
    shortcuts.flatMap(({ hotkeys, commands }) =>
      hotkeys.map((hotkey): [string, (event: KeyboardEvent) => void, { preventDefault: boolean }] => [
        hotkey,
        (event) => perform(commands, event),
        { preventDefault: false },
      ]),
    ),
    [],
  );
  useHotkeys([[paletteShortcut.hotkey, togglePalette]], []);
  return null;
}

/** Whether what has the focus has a use for the key itself: dialogs, text fields, and for the space bar what it presses or scrolls. */
function isWanted({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('[role=dialog]') !== null) return true;
  if (key === ' ')
    return target.closest('input, textarea, select, button, a, summary, [data-scrolls]') !== null;
  return target.matches('textarea, select, input:not([type=checkbox], [type=radio])');
}

function togglePalette(): void {
  const { paletteOpen, setPaletteOpen } = useStore.getState();
  setPaletteOpen(!paletteOpen);
}
