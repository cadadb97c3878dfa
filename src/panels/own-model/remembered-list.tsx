import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { forget, readRemembered } from '../../store/own/remembered.ts';
import type { Remembered } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatBytes } from '../lib/format.ts';
import classes from './own-model.module.css';

/** What is remembered of earlier visits, to be opened or forgotten. */
export function RememberedList({
  what,
  onOpen,
}: {
  what: Remembered['what'];
  onOpen: (remembered: Remembered) => void;
}) {
  useEffect(() => void readRemembered(), []);
  const all = useStore((state) => state.remembered);
  const remembered = all?.filter((one) => one.what === what) ?? [];
  if (remembered.length === 0) return null;
  return (
    <section aria-labelledby="remembered">
      <h3 id="remembered" className={classes.heading}>
        Remembered
      </h3>
      <ul className={classes.remembered}>
        {remembered.map((one) => (
          <li key={one.name}>
            <span>
              {one.label} <span className={classes.other}>{whereOf(one)}</span>
            </span>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Open ${one.label}`}
              onClick={() => onOpen(one)}
            >
              Open
            </Button>
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Forget ${one.label}`}
              onClick={() => void forget(one.name)}
            >
              Forget
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function whereOf({ name, place, bytes }: Remembered): string {
  return 'repo' in place
    ? `${place.repo} on huggingface.co, commit ${place.revision.slice(0, 8)}, ${formatBytes(bytes)}`
    : `folder on this computer, ${name}`;
}
