import { Progress, Select } from '@mantine/core';
import { ArrowRight } from 'lucide-react';
import { loadPair } from '../../store/engine/load-pair.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import type { ModelReport } from '../../worker/protocol.ts';
import { formatBytes, formatCount, formatPercent } from '../lib/format.ts';
import classes from './pair-bar.module.css';

export const tokenizerNames: Record<string, string> = {
  'gpt2-bpe': 'GPT-2 byte BPE',
  'bert-wordpiece': 'BERT WordPiece',
};

/** Which teacher and student, what they are, and how their loading goes. */
export function PairBar() {
  const pairs = useStore((state) => state.pairs);
  const selected = useStore((state) => state.draft.pair);
  const active = useStore((state) => isActive(state.run.phase) || state.load.status === 'loading');
  const pair = pairs.find(({ key }) => key === selected);
  return (
    <section className={classes.bar} aria-label="Teacher and student">
      <div className={classes.choose}>
        <Select
          label="Pair"
          size="xs"
          value={selected}
          disabled={active || pairs.length === 0}
          data={pairs.map(({ key, label }) => ({ value: key, label }))}
          allowDeselect={false}
          onChange={(key) => key !== null && void loadPair(key)}
          aria-describedby="pair-about"
        />
        <LoadState />
      </div>
      {pair === undefined ? (
        <p className={classes.empty}>Reading the list of checkpoints…</p>
      ) : (
        <>
          <ModelCard role="Teacher" model={pair.teacher} />
          <ArrowRight className={classes.arrow} aria-hidden size={20} />
          <ModelCard role="Student" model={pair.student} />
        </>
      )}
    </section>
  );
}

function ModelCard({ role, model }: { role: 'Teacher' | 'Student'; model: ModelReport }) {
  const facts: [string, string][] = [
    ['parameters', formatCount(model.parameters)],
    ['width × layers', `${model.hiddenSize} × ${model.layers}`],
    ['vocabulary', formatCount(model.vocabularySize)],
    ['image tokens', String(model.imageTokens)],
    ['picture', `${model.imageSize} px`],
    ['held-out (card)', formatPercent(model.heldOutStyle)],
  ];
  const { family, encoder, decoder } = model.names;
  return (
    <div className={classes.model} data-role={role.toLowerCase()}>
      <div className={classes.name}>
        <strong>{role}</strong> {family} · {encoder === undefined ? decoder : `${encoder} + ${decoder}`}
        <span> · {tokenizerNames[model.tokenizer] ?? model.tokenizer}</span>
      </div>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd
              title={
                label === 'held-out (card)'
                  ? `From the model card, held-out drawing style: exact match over ${model.heldOutQuestions} questions of all seven types`
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

function LoadState() {
  const load = useStore((state) => state.load);
  if (load.status === 'ready')
    return (
      <p className={classes.state} id="pair-about">
        Loaded and checked.
      </p>
    );
  if (load.status === 'failed')
    return (
      <p className={classes.state} id="pair-about">
        Not loaded.
      </p>
    );
  const files = load.status === 'loading' ? Object.values(load.files) : [];
  const loaded = files.reduce((sum, file) => sum + file.loadedBytes, 0);
  const total = files.reduce((sum, file) => sum + file.totalBytes, 0);
  return (
    <div id="pair-about" className={classes.state}>
      <Progress
        value={total === 0 ? 0 : (loaded / total) * 100}
        size="sm"
        aria-label="Loading checkpoints and pictures"
      />
      {total === 0
        ? 'Waiting for the device…'
        : `${formatBytes(loaded)} of ${formatBytes(total)} · ${files.at(-1)?.file.split('/').at(-1)}`}
    </div>
  );
}
