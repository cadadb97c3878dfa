import { Button, CloseButton } from '@mantine/core';
import { useState } from 'react';
import { hasSeen, rememberSeen } from '../../store/seen.ts';
import { useStore } from '../../store/store.ts';
import classes from './invitation.module.css';

/** For who is here for the first time; gone once taken, dismissed or run without. */
export default function TourInvitation() {
  const [seen, setSeen] = useState(() => hasSeen('tour'));
  const started = useStore((state) => state.run.time !== undefined);
  const touring = useStore((state) => state.touring);
  const setTouring = useStore((state) => state.setTouring);
  if (touring && !seen) setSeen(true);
  if (seen || started) return null;
  return (
    <aside className={classes.line} aria-label="First visit">
      <Button size="compact-xs" variant="light" onClick={() => setTouring(true)}>
        Take the tour (1 min)
      </Button>
      <CloseButton
        size="xs"
        aria-label="No tour"
        onClick={() => {
          rememberSeen('tour');
          setSeen(true);
        }}
      />
    </aside>
  );
}
