import { mainArm } from '../../engine/recipe/arms.ts';
import { lookInto } from '../../store/engine/questions.ts';
import type { OwnAnswers } from '../../store/slices/questions-slice.ts';
import { useStore } from '../../store/store.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { Answer } from './answer.tsx';
import { Picture } from './picture.tsx';
import ask from './ask.module.css';
import classes from './side-by-side.module.css';

/** The answers to a person's own question, as they are spoken, and what stands against trusting them. */
export function OwnAnswersCard({ own, concepts }: { own: OwnAnswers; concepts: number | undefined }) {
  const arms = useStore((state) => state.run.arms);
  const { question, heard, status } = own;
  const label = (who: string) => arms.find(({ key }) => key === who)?.label ?? who;
  const controls = Object.keys(heard).filter((who) => !['teacher', 'before', mainArm].includes(who));
  const row = (who: string, name: string, kind: 'teacher' | 'before' | 'control' | 'now') => {
    const said = heard[who];
    return (
      (said !== undefined || status === 'asking') && (
        <Answer
          key={who}
          who={kind}
          label={name}
          color={kind === 'control' ? scoreColor(who, arms) : undefined}
          text={said?.text ?? ''}
          speaking={said?.done !== true}
        />
      )
    );
  };
  return (
    <div className={ask.own}>
      <div className={classes.card}>
        {question.pixels && (
          <Picture pixels={question.pixels} label="The picture asked about" className={classes.picture} />
        )}
        <div className={classes.text}>
          <button
            type="button"
            className={classes.question}
            disabled={status !== 'answered'}
            title="Look inside these answers, token by token"
            onClick={() => lookInto(question)}
          >
            {question.question}
          </button>
          <dl className={classes.answers} aria-live="polite" aria-busy={status === 'asking'}>
            {row('teacher', 'Teacher', 'teacher')}
            {row('before', 'Student before', 'before')}
            {controls.map((who) => row(who, label(who), 'control'))}
            {heard[mainArm] !== undefined && row(mainArm, label(mainArm), 'now')}
          </dl>
        </div>
      </div>
      {status === 'failed' && (
        <p role="alert" className={ask.failure}>
          {own.failure.message} {own.failure.action}
        </p>
      )}
      {status === 'answered' && <Doubts own={own} concepts={concepts} />}
    </div>
  );
}

function Doubts({
  own,
  concepts,
}: {
  own: Extract<OwnAnswers, { status: 'answered' }>;
  concepts: number | undefined;
}) {
  const { result, heard, question } = own;
  const cut = Object.values(heard).find(({ ended }) => !ended);
  const doubts = [
    !question.fromPanel &&
      question.pixels === undefined &&
      concepts !== undefined &&
      `The models were trained on questions about ${concepts} things and small numbers, and answer with one of those whatever they are asked.`,
    !question.fromPanel &&
      question.pixels !== undefined &&
      (concepts === undefined
        ? 'This picture is not among those that the recipe asks about.'
        : `The models were trained on drawings of ${concepts} everyday things, and name one of those whatever they see.`),
    !result.trained && 'This recipe does not train this question: expect guesses.',
    ...(['teacher', 'student'] as const).map(
      (who) =>
        result.unknown[who].length > 0 &&
        `The ${who}’s tokenizer cannot spell ${result.unknown[who].map((word) => `“${word}”`).join(', ')}: it sees a gap there.`,
    ),
    cut !== undefined && `An answer that did not end by itself was cut off after ${cut.tokens} tokens.`,
  ].filter((doubt) => doubt !== false);
  return (
    <ul className={ask.doubts}>
      <li>
        {result.step > 0
          ? `Answered live by the students after step ${result.step}.`
          : 'Answered live by the models as loaded.'}
      </li>
      {doubts.map((doubt) => (
        <li key={doubt}>{doubt}</li>
      ))}
    </ul>
  );
}
