import { Checkbox } from '@mantine/core';
import type { Remembered } from '../../store/slices/pair-slice.ts';

/** Asks whether the browser may keep in mind where something is; without it nothing is kept. */
export function Remember(props: {
  place: Remembered['place'];
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { place, checked, onChange } = props;
  const hub = 'repo' in place;
  return (
    <Checkbox
      size="xs"
      my="sm"
      label={hub ? 'Remember its name and commit' : 'Remember this folder'}
      description={
        hub
          ? 'In this browser, no file of it: the next visit offers to fetch it again.'
          : 'In this browser, no file of it: the next visit opens it with one click, when you allow that.'
      }
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
