import { CloseButton } from '@mantine/core';
import { useMemo } from 'react';
import { toggleOverlay } from '../../store/kept/overlays.ts';
import { useStore } from '../../store/store.ts';
import { overlayColor } from '../lib/arm-colors.ts';
import { distinctNames } from '../runs/sorting.ts';
import classes from './curves.module.css';

/** The names of the runs drawn behind, in their order: as they are told apart among themselves. */
export function useEarlierNames(): readonly string[] {
  const overlays = useStore((state) => state.overlays);
  const runs = useStore((state) => state.runs);
  const names = useMemo(() => {
    const known = distinctNames((runs ?? []).filter(({ id }) => overlays.some((drawn) => drawn.id === id)));
    const all = overlays.map(({ id, name }) => known.get(id) ?? name);
    return JSON.stringify(
      all.map((name, i) => {
        const before = all.slice(0, i).filter((other) => other === name).length;
        return before === 0 ? name : `${name} (${before + 1})`;
      }),
    );
  }, [overlays, runs]);
  // Rows come anew with every few steps; the lines must not.
  return useMemo(() => JSON.parse(names) as string[], [names]);
}

/** Which earlier runs are drawn behind this one, in the colours of their lines. */
export function EarlierRuns() {
  const overlays = useStore((state) => state.overlays);
  const names = useEarlierNames();
  if (overlays.length === 0) return null;
  return (
    <ul className={classes.earlier} aria-label="Earlier runs behind this one">
      {overlays.map(({ id }, i) => (
        <li key={id}>
          <i style={{ color: overlayColor(i) }} data-dashed="true" aria-hidden />
          <span title={names[i]}>{names[i]}</span>
          <CloseButton
            size={16}
            aria-label={`No longer draw ${names[i]}`}
            title="No longer draw it"
            onClick={() => void toggleOverlay(id)}
          />
        </li>
      ))}
    </ul>
  );
}
