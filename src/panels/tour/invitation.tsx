import { Button, CloseButton } from '@mantine/core';
import { useState } from 'react';
import { useStore } from '../../store/store.ts';
import { rememberTour, hasSeenTour } from './seen.ts';
import classes from './invitation.module.css';

/** One line for who is here for the first time; gone once taken, dismissed or run without. */
export function TourInvitation() {
  const [seen, setSeen] = useState(hasSeenTour);
  const started = useStore((state) => state.run.startedAt > 0);
  const touring = useStore((state) => state.touring);
  const setTouring = useStore((state) => state.setTouring);
  if (touring && !seen) setSeen(true);
  if (seen || started) return null;
  return (
    <aside className={classes.line} aria-label="First visit">
      New here?
      <Button size="compact-xs" variant="light" onClick={() => setTouring(true)}>
        Take the tour (1 min)
      </Button>
      <CloseButton
        size="xs"
        aria-label="No tour"
        onClick={() => {
          rememberTour();
          setSeen(true);
        }}
      />
    </aside>
  );
}
