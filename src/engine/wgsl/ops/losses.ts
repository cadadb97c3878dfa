import type { View } from '../core/view.ts';
import { maxOver, rowGrid, rowHeader, sumOver } from './rows.ts';
import type { Tape, Value } from '../core/tape.ts';

/** Which answer tokens count: token j of answer b does if j < lengths[b], and j > 0 or the first one counts too. */
export interface AnswerRows {
  batch: number;
  /** Answer tokens per sequence, padding included. */
  length: number;
  /** int32 [B] */
  lengths: View;
  firstToken: boolean;
}

/** Row losses on their way to the metrics: Σ of `rows` numbers from `from` on, times nothing; already divided by the token count. */
export interface LossRows {
  view: View;
  from: number;
  rows: number;
}

const prologue = (rows: AnswerRows): string => `
  let b = row / ${rows.length};
  let j = row % ${rows.length};
  var tokens = 0;
  for (var i = 0; i < ${rows.batch}; i++) { tokens += load_lengths(i) - ${rows.firstToken ? 0 : 1}; }
  let count = f32(max(tokens, 1));
  let counted = j < load_lengths(b)${rows.firstToken ? '' : ' && j > 0'};`;

/**
 * Cross-entropy and, with `teacher`, KL(softmax(teacher/T) ‖ softmax(logits/T)), in nats, means over the counted rows; one pass that
 * leaves the gradient of ceWeight·CE + klWeight·KL where the logits were. logits [M, stride], of which `vocabulary` columns count.
 * Log space throughout; no probability array exists.
 */
export function tokenLosses(
  tape: Tape,
  logits: Value,
  vocabulary: number,
  labels: View,
  answers: AnswerRows,
  weights: { ce: number; kl: number; temperature: number },
  teacher?: Value,
): { ce: LossRows; kl?: LossRows } {
  const m = logits.rows;
  const stride = logits.columns;
  const losses = tape.memory.allocate(2 * m);
  const { lanes } = tape;
  const grid = rowGrid(m, lanes);
  const loop = (body: string) => `for (var v = ${grid.first}; v < ${vocabulary}; v += ${lanes}) { ${body} }`;
  const inverse = (1 / weights.temperature).toExponential();
  const gradient = tape.target(logits);
  if (gradient.accumulate) throw new Error('logits have one reader');
  const kl = teacher !== undefined;
  tape.add({
    label: kl ? 'cross-entropy and KL' : 'cross-entropy',
    bindings: [
      { name: 'logits', view: logits.view },
      ...(kl ? [{ name: 'teacher', view: teacher.view }] : []),
      { name: 'labels', view: labels, type: 'i32' },
      { name: 'lengths', view: answers.lengths, type: 'i32' },
      { name: 'losses', view: losses, write: true },
      { name: 'result', view: gradient.view, write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    // Exponentials cost about ten operations each.
    operations: m * vocabulary * (kl ? 50 : 25),
    code: `
      let row = ${grid.row};
      if (row >= ${m}) { return; }
      ${prologue(answers)}
      let base = row * ${stride};
      var top = -3.0e38;
      ${loop('top = max(top, load_logits(base + v));')}
      let peak = ${maxOver(lanes, 'top')};
      var sum = 0.0;
      ${kl ? 'var warm = 0.0;' : ''}
      ${loop(`sum += exp(load_logits(base + v) - peak); ${kl ? `warm += exp((load_logits(base + v) - peak) * ${inverse});` : ''}`)}
      let logSum = log(${sumOver(lanes, 'sum')});
      ${
        kl
          ? `let warmLogSum = log(${sumOver(lanes, 'warm')});
      var teacherTop = -3.0e38;
      ${loop('teacherTop = max(teacherTop, load_teacher(base + v));')}
      let teacherPeak = ${maxOver(lanes, 'teacherTop')};
      var teacherSum = 0.0;
      ${loop(`teacherSum += exp((load_teacher(base + v) - teacherPeak) * ${inverse});`)}
      let teacherLogSum = log(${sumOver(lanes, 'teacherSum')});
      var divergence = 0.0;`
          : ''
      }
      let scale = select(0.0, 1.0 / count, counted);
      let label = load_labels(row);
      ${loop(`
        let logit = load_logits(base + v) - peak;
        var slope = ${weights.ce.toExponential()} * (exp(logit - logSum) - select(0.0, 1.0, v == label));
        ${
          kl
            ? `let logQ = logit * ${inverse} - warmLogSum;
        let logP = (load_teacher(base + v) - teacherPeak) * ${inverse} - teacherLogSum;
        let p = exp(logP);
        divergence += p * (logP - logQ);
        slope += ${(weights.kl / weights.temperature).toExponential()} * (exp(logQ) - p);`
            : ''
        }
        store_result(base + v, slope * scale);
      `)}
      ${kl ? `let total = ${sumOver(lanes, 'divergence')};` : ''}
      if (${grid.first} == 0) {
        store_losses(row, scale * (peak + logSum - load_logits(base + label)));
        ${kl ? `store_losses(${m} + row, scale * total);` : ''}
      }
    `,
  });
  return {
    ce: { view: losses, from: 0, rows: m },
    ...(kl && { kl: { view: losses, from: m, rows: m } }),
  };
}

/** −log p of each row's label, nats, which depends on no other row. logits [M, stride], of which `vocabulary` columns count → `out` [M]. */
export function surprise(tape: Tape, logits: Value, vocabulary: number, labels: View, out: View): void {
  const { rows: m, columns: stride } = logits;
  const { lanes } = tape;
  const grid = rowGrid(m, lanes);
  const loop = (body: string) => `for (var v = ${grid.first}; v < ${vocabulary}; v += ${lanes}) { ${body} }`;
  tape.add({
    label: 'surprise',
    bindings: [
      { name: 'logits', view: logits.view },
      { name: 'labels', view: labels, type: 'i32' },
      { name: 'out', view: out, write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    operations: m * vocabulary * 12,
    code: `
      let row = ${grid.row};
      if (row >= ${m}) { return; }
      let base = row * ${stride};
      var top = -3.0e38;
      ${loop('top = max(top, load_logits(base + v));')}
      let peak = ${maxOver(lanes, 'top')};
      var sum = 0.0;
      ${loop('sum += exp(load_logits(base + v) - peak);')}
      let logSum = log(${sumOver(lanes, 'sum')});
      if (${grid.first} == 0) { store_out(row, peak + logSum - load_logits(base + load_labels(row))); }
    `,
  });
}

/** Mean squared distance of feature rows, with its gradient times `weight`. Both [M, d]. */
export function featureLoss(
  tape: Tape,
  predicted: Value,
  target: Value,
  answers: AnswerRows,
  weight: number,
): LossRows {
  const { rows: m, columns: d } = predicted;
  const losses = tape.memory.allocate(m);
  const gradient = tape.target(predicted);
  if (gradient.accumulate) throw new Error('predicted features have one reader');
  const { lanes } = tape;
  const grid = rowGrid(m, lanes);
  tape.add({
    label: 'feature loss',
    bindings: [
      { name: 'predicted', view: predicted.view },
      { name: 'wanted', view: target.view },
      { name: 'lengths', view: answers.lengths, type: 'i32' },
      { name: 'losses', view: losses, write: true },
      { name: 'result', view: gradient.view, write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    code: `
      let row = ${grid.row};
      if (row >= ${m}) { return; }
      ${prologue(answers)}
      let scale = select(0.0, 1.0 / count, counted) / ${d}.0;
      var sum = 0.0;
      for (var v = ${grid.first}; v < ${d}; v += ${lanes}) {
        let difference = load_predicted(row * ${d} + v) - load_wanted(row * ${d} + v);
        sum += difference * difference;
        store_result(row * ${d} + v, ${(2 * weight).toExponential()} * scale * difference);
      }
      let total = ${sumOver(lanes, 'sum')};
      if (${grid.first} == 0) { store_losses(row, scale * total); }
    `,
  });
  return { view: losses, from: 0, rows: m };
}
