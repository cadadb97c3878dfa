import { Button } from '@mantine/core';
import { Play } from 'lucide-react';
import { isActive } from '../../store/slices/run-slice.ts';
import { playRecorded } from '../../store/run/open-run.ts';
import { useStore } from '../../store/store.ts';
import { newTo } from '../lib/asked-about.ts';
import { gridOf } from './columns.ts';
import classes from './pictures.module.css';
import { useColumns } from './use-columns.ts';

/** The wall before anybody has answered: a place for every question. */
export function Empty() {
  const count = useStore(({ run, draft }) => {
    const { liveQuestions, finalQuestions } = (run.recipe ?? draft).evaluation;
    // A number that is being typed may be none.
    return Math.min(liveQuestions, finalQuestions, 512) || 1;
  });
  const about = useStore(({ run, draft }) => newTo(run.recipe ?? draft));
  const active = useStore((state) => isActive(state.run.phase));
  const { ref, columns } = useColumns(count);
  return (
    <div className={classes.empty} ref={ref}>
      <div className={classes.wall} style={gridOf(columns)} aria-hidden>
        {Array.from({ length: count }, (_, i) => (
          <i key={i} className={classes.tile} />
        ))}
      </div>
      <div className={classes.hint}>
        <p>
          {active
            ? `Both models are answering ${about}…`
            : `Press Run. Both models first answer ${about}; then you see the student get more of them right.`}
        </p>
        {!active && (
          <Button
            variant="default"
            size="xs"
            leftSection={<Play size={13} />}
            onClick={() => void playRecorded()}
          >
            Watch a recorded run (30 s)
          </Button>
        )}
      </div>
    </div>
  );
}
