import { useStore } from '../../store/store.ts';
import type { ModelReport, PairReport } from '../../worker/protocol.ts';
import { Formula } from '../formula/formula.tsx';
import { formatCount, formatPercent } from '../lib/format.ts';
import { tokenizerNames } from '../pair-bar/tokenizer-names.ts';
import classes from './learn.module.css';
import { useOpenDraft } from './open-draft.ts';
import { Section } from './section.tsx';

/** The chosen pair; undefined until the index has been read. */
function usePair(): PairReport | undefined {
  return useStore(({ pairs, draft }) => pairs.find(({ key }) => key === draft.pair));
}

export function Distillation() {
  const pair = usePair();
  return (
    <Section title="What distillation is">
      <p>
        A trained model says more than its answer: for every next token it gives a probability to each token
        of its vocabulary. Distillation trains a small model, the <b>student</b>, towards the probabilities{' '}
        <i>p</i> of a larger one, the <b>teacher</b>, and not only towards the right answer <i>y</i>.
      </p>
      <Formula block tex="\L{KD}=-\log q(y)+\KL(p\,\|\,q)" />
      {pair !== undefined && (
        <p>
          Here the teacher has {formatCount(pair.teacher.parameters)} parameters, the student{' '}
          {formatCount(pair.student.parameters)}.
          {pair.teacher.heldOutQuestions > 0 && pair.student.heldOutQuestions > 0 && (
            <>
              {' '}
              By their model cards they answer {formatPercent(pair.teacher.heldOutStyle)} and{' '}
              {formatPercent(pair.student.heldOutStyle)} of questions about{' '}
              {pair.student.imageTokens > 0 ? 'drawings in a style' : 'facts'} that neither has seen.
            </>
          )}
        </p>
      )}
    </Section>
  );
}

const facts: [string, (model: ModelReport) => string][] = [
  ['tokenizer', ({ tokenizer }) => tokenizerNames[tokenizer] ?? tokenizer],
  ['vocabulary V', ({ vocabularySize }) => String(vocabularySize)],
  ['feature width d', ({ hiddenSize }) => String(hiddenSize)],
  ['tokens a picture becomes', ({ imageTokens }) => String(imageTokens)],
];

export function Mismatch() {
  const pair = usePair();
  const oneTokenizer = pair?.teacher.tokenizer === pair?.student.tokenizer;
  return (
    <Section title="Why these two do not fit together">
      <p>
        That formula needs <i>p</i> and <i>q</i> over one list of tokens, position by position. Two
        vision-language models of different families have neither:
      </p>
      {pair !== undefined && (
        <>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">here</th>
                <th scope="col">teacher</th>
                <th scope="col">student</th>
              </tr>
            </thead>
            <tbody>
              {facts.map(([name, read]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{read(pair.teacher)}</td>
                  <td>{read(pair.student)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Formula
            block
            tex={`p\\in\\mathbb R^{${pair.teacher.vocabularySize}},\\ \\ q\\in\\mathbb R^{${pair.student.vocabularySize}},\\qquad z_l\\in\\mathbb R^{${pair.teacher.hiddenSize}},\\ \\ z_s\\in\\mathbb R^{${pair.student.hiddenSize}}`}
          />
          <p>
            {oneTokenizer
              ? 'This pair has one tokenizer, so p and q can be compared token by token (GKD does); the features z still cannot.'
              : 'They cut even the same answer into different tokens. So neither the probabilities nor the features z, from which each model’s head H makes them, can be compared as they are.'}
          </p>
        </>
      )}
    </Section>
  );
}

export function TheRecalibrator() {
  const pair = usePair();
  const { depth, answerFeatures, normBeforeProjection } = useOpenDraft(({ recalibrator }) => recalibrator);
  const batch = useOpenDraft(({ data }) => data.batchSize);
  const answer = answerFeatures === 'teacher-body' ? 'z_{al}' : 'E_l\\,y_l';
  const body = normBeforeProjection ? '\\operatorname{norm}(h)' : 'h';
  return (
    <Section title="The Recalibrator">
      <p>
        GenRecal puts a small network between them. Each model reads question and answer in its own tokens.
        The Recalibrator takes the <b>student’s features of the question</b> and the{' '}
        <b>teacher’s features of the answer</b>, and rewrites both into the teacher’s feature space:
      </p>
      <Formula block tex={`x=[\\,z_{qs}\\,;\\,\\operatorname{Proj}_{\\mathrm{pre}}(${answer})\\,]`} />
      <Formula block tex={`h=\\operatorname{block}_{${depth}}\\circ\\dots\\circ\\operatorname{block}_1(x)`} />
      <Formula block tex={`[\\,r_{qs}\\,;\\,r_{al}\\,]=\\operatorname{Proj}_{\\mathrm{post}}(${body})`} />
      {pair !== undefined && (
        <>
          <Formula
            block
            tex={`z_{qs}\\in\\mathbb R^{${batch}\\times N_{qs}\\times${pair.student.hiddenSize}},\\quad r_{al}\\in\\mathbb R^{${batch}\\times N_{al}\\times${pair.teacher.hiddenSize}}`}
          />
          <p>
            With this recipe: batches of {batch}, {depth} decoder {depth === 1 ? 'block' : 'blocks'} of width{' '}
            {pair.student.hiddenSize}, projections {pair.teacher.hiddenSize} → {pair.student.hiddenSize} →{' '}
            {pair.teacher.hiddenSize}. N<sub>qs</sub> counts the student’s {pair.student.imageTokens} picture
            tokens and its question, N<sub>al</sub> the teacher’s answer.
          </p>
        </>
      )}
      <p>
        Only r<sub>al</sub> goes on, through the teacher’s own frozen head H<sub>l</sub>. So everything that
        is compared lives in the <b>teacher’s vocabulary, over the teacher’s tokens</b>: nothing has to be
        aligned. Afterwards the Recalibrator is thrown away; the student stays as small and fast as it was.
      </p>
    </Section>
  );
}
