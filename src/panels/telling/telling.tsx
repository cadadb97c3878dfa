import { Button } from '@mantine/core';
import type { StageKey } from '../../engine/method/stages.ts';
import { useStore } from '../../store/store.ts';
import { sentence, type RightCounts } from '../result/sentence.ts';
import { verdict } from '../result/verdict.ts';
import { askedAt } from '../side-by-side/use-asked.ts';
import { Explained } from '../terms/explained.tsx';
import { useMemo } from 'react';

/** The run that goes on, in a sentence or two; before it, what it will be good for; when it is done, what came of it. */
export default function Telling() {
  const { recipe, stage, phase, summary, changes } = useStore((state) => state.run);
  const right = useRightCounts(stage);
  const text =
    summary === undefined
      ? sentence(recipe, stage, right, phase === 'stopped' || phase === 'failed')
      : verdict(summary, changes).headline;
  return (
    <p>
      <ToGuess />
      <Explained text={text} />
    </p>
  );
}

/** Where a class is to guess what the recipe does. */
function ToGuess() {
  const blind = useStore((state) => state.draft.blind);
  const setSharing = useStore((state) => state.setSharing);
  return (
    blind && (
      <>
        Guess what is wrong here.{' '}
        <Button size="compact-xs" variant="default" onClick={() => setSharing('reveal')}>
          Reveal
        </Button>{' '}
      </>
    )
  );
}

function useRightCounts(stage: StageKey | undefined): RightCounts | undefined {
  const panel = useStore((state) => state.panel);
  const answers = useStore((state) => state.answers);
  return useMemo(() => {
    if (panel.length === 0) return undefined;
    const asked = askedAt(panel, answers, 'latest');
    const count = (who: 'now' | 'before' | 'teacher') => asked.filter(({ right }) => right[who]).length;
    // Its training has begun, and nobody has asked it.
    const unasked = answers.length === 0 && (stage === 'distil' || stage === 'finetune');
    return {
      of: panel.length,
      now: unasked ? undefined : count('now'),
      before: count('before'),
      teacher: count('teacher'),
    };
  }, [panel, answers, stage]);
}
