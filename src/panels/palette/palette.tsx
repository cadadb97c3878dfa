import '@mantine/spotlight/styles.css';
import { Kbd } from '@mantine/core';
import { Spotlight, spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { Search } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from '../../store/store.ts';
import { useColourScheme } from './colour-scheme.ts';
import type { Command } from './command.ts';
import { commandsFor } from './commands.ts';
import classes from './palette.module.css';
import { shortcuts } from './shortcuts.ts';

/** Every command by name. */
export default function Palette() {
  const open = useStore((state) => state.paletteOpen);
  const setOpen = useStore((state) => state.setPaletteOpen);
  const colours = useColourScheme();
  useEffect(() => {
    if (open) spotlight.open();
    else spotlight.close();
  }, [open]);
  // A run changes the store many times a second: the list is made when it is looked at.
  const actions = open ? grouped(commandsFor(useStore.getState(), colours)) : [];
  return (
    <Spotlight
      attributes={{ content: { 'aria-label': 'Commands' } }}
      actions={actions}
      shortcut={null}
      onSpotlightClose={() => setOpen(false)}
      nothingFound="No command has this name."
      highlightQuery
      overlayProps={{ blur: 0, backgroundOpacity: 0.5 }}
      classNames={{ actionDescription: classes.description }}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      maxHeight="min(26rem, 70vh)"
      searchProps={{
        placeholder: 'What do you want to do?',
        'aria-label': 'Find a command',
        leftSection: <Search size={16} />,
      }}
    />
  );
}

function grouped(commands: readonly Command[]): SpotlightActionGroupData[] {
  return [...new Set(commands.map(({ group }) => group))].map((group) => ({
    group,
    actions: commands
      .filter((command) => command.group === group)
      .map(({ id, label, description, run }) => ({
        id,
        label,
        description,
        onClick: run,
        rightSection: keysOf(id, commands)?.map((key) => (
          <Kbd key={key} className={classes.key}>
            {key}
          </Kbd>
        )),
      })),
  }));
}

/** A key runs the first of its commands that can be done. */
function keysOf(id: string, possible: readonly Command[]): readonly string[] | undefined {
  return shortcuts.find(
    ({ commands }) => commands.find((wanted) => possible.some((command) => command.id === wanted)) === id,
  )?.keys;
}
