import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { ColourScheme } from './commands.ts';

/** The colour scheme as the commands change it. */
export function useColourScheme(): ColourScheme {
  const { setColorScheme } = useMantineColorScheme();
  return { scheme: useComputedColorScheme('light'), set: setColorScheme };
}
