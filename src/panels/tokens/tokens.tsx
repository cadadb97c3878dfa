import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { mainArm } from '../../engine/recipe/arms.ts';
import { hasStudents, type QuestionsSlice } from '../../store/slices/questions-slice.ts';
import { lookAt } from '../../store/engine/questions.ts';
import { useStore } from '../../store/store.ts';
import type { Inspection } from '../../worker/protocol.ts';
import { Picture } from '../side-by-side/picture.tsx';
import { TextView } from './text-view.tsx';
import classes from './tokens.module.css';

type Of = Inspection['texts'][number]['of'];
type Inspected = NonNullable<QuestionsSlice['inspected']>;

/** One question as the teacher and one of the students answer it, token by token; everything is measured when it is opened. */
export function Tokens() {
  const inspected = useStore((state) => state.inspected);
  return inspected && <Look inspected={inspected} />;
}

function Look({ inspected }: { inspected: Inspected }) {
  const { question, student, state } = inspected;
  const running = useStore(({ run }) => run.phase === 'running');
  const [of, setOf] = useState<Of>(question.reference === undefined ? 'teacher' : 'reference');
  const result = state.status === 'ready' ? state.result : undefined;
  const text = result?.texts.find((candidate) => candidate.of === of);
  return (
    <div className={classes.look}>
      <div className={classes.head}>
        {question.pixels && (
          <Picture pixels={question.pixels} label="The picture asked about" className={classes.picture} />
        )}
        <div className={classes.facts}>
          <p className={classes.question}>
            {question.question} {question.reference !== undefined && <span>{question.reference}</span>}
          </p>
          <div className={classes.status}>
            <p role="status">
              {state.status === 'measuring' &&
                (running
                  ? 'Measuring with both models, between two steps of the run…'
                  : 'Measuring with both models…')}
              {result !== undefined && measuredAt(result)}
            </p>
            <Button
              size="compact-xs"
              variant="default"
              disabled={state.status === 'measuring'}
              onClick={() => lookAt(student)}
            >
              measure again
            </Button>
          </div>
        </div>
        <StudentChoice chosen={result?.student ?? student} />
      </div>
      {state.status === 'failed' && (
        <p role="alert">
          {state.failure.message} {state.failure.action}
        </p>
      )}
      {result !== undefined && (
        <SegmentedControl
          size="xs"
          aria-label="Text"
          value={of}
          onChange={setOf}
          data={result.texts.map((candidate) => ({ value: candidate.of, label: textNames[candidate.of] }))}
        />
      )}
      {text !== undefined && <TextView key={`${of} ${text.text}`} text={text} />}
    </div>
  );
}

const textNames: Record<Of, string> = {
  reference: 'right answer',
  teacher: 'teacher’s answer',
  student: 'student’s answer',
};

/** Whose student is beside the teacher; arms that have not begun yet are the student before. */
function StudentChoice({ chosen }: { chosen: string }) {
  const arms = useStore(({ run }) => run.arms);
  const begun = useStore(hasStudents);
  const replayed = useStore(({ replay }) => replay !== undefined);
  const students = begun
    ? arms.map(({ key, label }) => ({ value: key, label: key === mainArm ? 'now' : label }))
    : [];
  return (
    <div className={classes.students}>
      <span>student</span>
      <SegmentedControl
        size="xs"
        aria-label="Student"
        value={chosen}
        onChange={lookAt}
        data={[{ value: 'before', label: 'before' }, ...students]}
      />
      {replayed && (
        <p className={classes.recorded}>
          The record holds what its students said, not their weights. Run the recipe to look into the trained
          one.
        </p>
      )}
    </div>
  );
}

function measuredAt({ student, step }: Inspection): string {
  return student === 'before'
    ? 'Measured live with the untouched student.'
    : `Measured live with the student after step ${step}.`;
}
