import { ArrowRight } from 'lucide-react';
import type { ModelReport, PairReport } from '../../worker/protocol.ts';
import { formatCount, formatPercent } from '../lib/format.ts';
import { droppedEntries, droppedFolder } from '../own-model/dropped-entries.ts';
import { Explained } from '../terms/explained.tsx';
import classes from './pair-bar.module.css';
import { tokenizerNames } from './tokenizer-names.ts';

/** What both models of a pair are, side by side. */
export default function ModelCards({ pair }: { pair: PairReport }) {
  return (
    <div className={classes.cards}>
      <ModelCard role="Teacher" model={pair.teacher} />
      <ArrowRight className={classes.arrow} aria-hidden size={20} />
      <ModelCard role="Student" model={pair.student} />
    </div>
  );
}

function ModelCard({ role, model }: { role: 'Teacher' | 'Student'; model: ModelReport }) {
  const facts: [string, string][] = [
    ['parameters', formatCount(model.parameters)],
    ['width × layers', `${model.hiddenSize} × ${model.layers}`],
    ['vocabulary', formatCount(model.vocabularySize)],
    ...(model.imageTokens > 0
      ? ([
          ['image tokens', String(model.imageTokens)],
          ['picture', `${model.imageSize} px`],
        ] as [string, string][])
      : []),
    ['held-out (card)', model.heldOutQuestions === 0 ? '—' : formatPercent(model.heldOutStyle)],
  ];
  const { family, encoder, decoder } = model.names;
  return (
    <div
      className={classes.model}
      data-role={role.toLowerCase()}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const entries = droppedEntries(event);
        // Pictures and runs are for others.
        if (!entries.some(({ isDirectory }) => isDirectory)) return;
        event.preventDefault();
        const folder = droppedFolder(event);
        void import('../own-model/take-dropped.ts').then(({ takeDropped }) =>
          takeDropped(role, entries, folder),
        );
      }}
    >
      <div className={classes.name}>
        <strong>{role}</strong> {family} · {encoder === undefined ? decoder : `${encoder} + ${decoder}`}
        <span> · {tokenizerNames[model.tokenizer] ?? model.tokenizer}</span>
      </div>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>
              <Explained text={label} />
            </dt>
            <dd
              title={
                label === 'held-out (card)' && model.heldOutQuestions > 0
                  ? `From the model card, held-out ${model.imageTokens > 0 ? 'drawing style' : 'facts'}: exact match over ${model.heldOutQuestions} questions of all types`
                  : undefined
              }
            >
              {value}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
