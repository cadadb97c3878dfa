import { CloseButton } from '@mantine/core';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { useStore } from '../../store/store.ts';
import { Panel } from '../frame/panel.tsx';
import classes from './learn.module.css';
import { Distillation, Mismatch, TheRecalibrator } from './models.tsx';
import { Control, Found, Reading } from './results.tsx';
import { Listening, Losses, Stages } from './training.tsx';

/** The whole method in five minutes, in the recipe's place: the run beside it goes on, and its numbers stand in the text. */
export default function Learn() {
  const setOpen = useStore((state) => state.setLearnOpen);
  const blind = useStore((state) => state.draft.blind === true);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    frame.current?.scrollIntoView({ block: 'nearest' });
    frame.current?.querySelector<HTMLElement>('[role=group]')?.focus({ preventScroll: true });
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setOpen(false);
  };
  return (
    <div ref={frame} className={classes.frame} onKeyDown={onKeyDown} data-scrolls role="presentation">
      <Panel
        title="Read along"
        className={classes.panel}
        aside={
          <span className={classes.aside}>
            five minutes{' '}
            <CloseButton size="sm" aria-label="Back to the recipe" onClick={() => setOpen(false)} />
          </span>
        }
      >
        <article className={classes.text}>
          <Distillation />
          <Mismatch />
          <TheRecalibrator />
          <Losses />
          <Stages />
          <Listening />
          {!blind && <Control />}
          <Reading />
          <Found />
        </article>
      </Panel>
    </div>
  );
}
