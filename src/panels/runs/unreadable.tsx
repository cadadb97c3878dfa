import { Button } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { removeRun } from '../../store/kept/deletion.ts';
import { telling } from '../../store/kept/telling.ts';
import { useStore } from '../../store/store.ts';
import classes from './runs.module.css';

/** Runs that are kept and cannot be read. */
export function Unreadable() {
  const unreadable = useStore((state) => state.unreadable);
  if (unreadable.length === 0) return null;
  return (
    <ul className={classes.unreadable} aria-label="Runs that cannot be read">
      {unreadable.map(({ id, why, action }) => (
        <li key={id}>
          <span>
            A run cannot be read. {why} <strong>{action}</strong>
          </span>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Trash2 size={13} />}
            onClick={() => void telling(() => removeRun(id))}
          >
            Delete it
          </Button>
        </li>
      ))}
    </ul>
  );
}
