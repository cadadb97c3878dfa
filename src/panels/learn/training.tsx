import { useMemo } from 'react';
import { lossNames } from '../../engine/method/losses.ts';
import { stageKeys, stageLabels, type StageKey } from '../../engine/method/stages.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import { useStore } from '../../store/store.ts';
import { Formula } from '../formula/formula.tsx';
import classes from './learn.module.css';
import { Live, LiveLosses, LiveNumber, useMetricsVersion } from './live.tsx';
import { useOpenDraft } from './open-draft.ts';
import { Section } from './section.tsx';
import { formatNumber } from '../lib/format.ts';

export function Losses() {
  return (
    <Section title="Three losses">
      <p>
        <b>L_main</b> asks what the teacher’s head makes of the rewritten features: the right answer
        (cross-entropy), with the probabilities that the teacher itself would give (KL divergence).
      </p>
      <Formula block tex="\L{main}=\CE\big(H_l(r_{al}),y_l\big)+\KL\big(H_l(z_{al})\,\|\,H_l(r_{al})\big)" />
      <LiveLosses terms={['mainCe', 'mainKl']} />
      <p>
        <b>L_reg</b>, the regulariser, is the same with the teacher’s own question in the student’s place: x =
        [z
        <sub>ql</sub> ; z<sub>al</sub>]. It ties the Recalibrator to the teacher’s space.
      </p>
      <LiveLosses terms={['regCe', 'regKl']} />
      <p>
        <b>L_sft</b> is the student’s own cross-entropy, in its own tokens: all that its answer positions
        learn from.
      </p>
      <Formula block tex="\L{sft}=\CE\big(H_s(z_{as}),y_s\big)" />
      <LiveLosses terms={['sft']} />
    </Section>
  );
}

/** Of the paper. */
const notes: Record<StageKey, { trained: string; loss: string }> = {
  align: { trained: 'Recalibrator', loss: '\\L{main}+\\L{reg}' },
  distil: { trained: 'Recalibrator, student', loss: '\\L{main}+\\L{sft}' },
  finetune: { trained: 'student, but its vision encoder', loss: '\\L{sft}' },
};

export function Stages() {
  const draft = useOpenDraft(({ stages }) => stages);
  const now = useStore(({ run }) =>
    run.phase === 'running' || run.phase === 'paused' ? run.stage : undefined,
  );
  return (
    <Section title="Three stages">
      <p>
        First the Recalibrator alone learns to speak the teacher’s language; then both learn together; then
        the student alone is polished, without teacher and Recalibrator.
      </p>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">trained</th>
            <th scope="col">loss</th>
            <th scope="col">updates</th>
          </tr>
        </thead>
        <tbody>
          {stageKeys.map((key) => (
            <tr key={key} data-now={key === now}>
              <th scope="row">
                {stageLabels[key]} {key === now && <span className={classes.now}>now</span>}
              </th>
              <td>{notes[key].trained}</td>
              <td>
                <Formula tex={notes[key].loss} />
              </td>
              <td>{draft[key].steps}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        With “vision encoder in stage 2: frozen”, the default here and not the paper’s, what reads the
        pictures stays as it is in every stage: trained in so short a run, students end 15 to 21 points lower.
      </p>
    </Section>
  );
}

export function Listening() {
  const version = useMetricsVersion();
  const last = useMemo(() => {
    void version;
    return useStore.getState().metrics.probes.findLast(({ arm }) => arm === mainArm);
  }, [version]);
  const nats = (value: number | undefined) =>
    value === undefined ? undefined : `${formatNumber(value)} nats`;
  return (
    <Section title="Does it listen to the student?">
      <p>
        By construction, L_main reaches the student only through its question features z<sub>qs</sub>. But the
        teacher’s answer features z<sub>al</sub> already hold its next token: a Recalibrator could copy that
        and ignore the student. So the page probes it on held-out questions, with the student’s features as
        they are and without them. If the numbers hardly differ, L_main teaches the student little.
      </p>
      <Live>
        <LiveNumber
          name={`${lossNames.mainKl.title} as it is`}
          value={nats(last?.numbers.mainKl)}
          note={last && `step ${last.step}`}
        />
        <LiveNumber name="with z_qs = 0" value={nats(last?.numbers.mainKlZeroed)} />
        <LiveNumber name="with another question’s" value={nats(last?.numbers.mainKlShuffled)} />
      </Live>
      <p>The view “inside”, on the right of the page, follows these numbers through the run.</p>
    </Section>
  );
}
