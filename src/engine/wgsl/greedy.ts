import type { Bounds } from '../data/bounds.ts';
import type { Memory } from './core/memory.ts';
import type { Tape, Value } from './core/tape.ts';
import { ofStudent, type View } from './core/view.ts';
import { rotaryTables } from './ops/rotary.ts';
import { maxOver, rowGrid, rowHeader } from './ops/rows.ts';
import { gatherSlots, joinTokens } from './ops/tokens.ts';
import type { DecoderLayout, WgslVlm } from './vlm.ts';

/** `Na` answer tokens the sequences have room for; one more is generated. */
export interface PromptShape extends Bounds {
  batch: number;
}

/** One batch of prompts on the host. */
export interface PromptBatch {
  /** Patches, [B·P, 3·p²], or which slots of a table hold them, int32 [B]; absent for a model that reads no pictures. */
  pictures?: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | undefined;
  /** [B·(Nq+Na)], as `embed` reads them; what follows the question is never looked at. */
  codes: Int32Array<ArrayBuffer>;
  /** [B, 3], as `attention` reads them, ending with the question. */
  spans: Int32Array<ArrayBuffer>;
}

export type PromptViews = Record<'codes' | 'spans', View> & { pictures?: View | undefined };

/** Prompts on their way to the kernels. */
export interface PromptInputs {
  views: PromptViews;
  /** None of a model that reads no pictures. */
  patches: Value | undefined;
  layout: DecoderLayout;
}

/**
 * @param memory what is uploaded lies here
 * @param table pictures that are on the GPU already; without one each batch brings its own
 */
export function promptInputs(
  tape: Tape,
  memory: Memory,
  vlm: WgslVlm,
  { batch, Nq, Na }: PromptShape,
  table?: View,
): PromptInputs {
  const shown = vlm.readsPictures ? promptPictures(tape, memory, vlm, batch, table) : undefined;
  const codes = memory.allocate(batch * (Nq + Na));
  const spans = memory.allocate(batch * 3);
  const rotary = rotaryTables(memory, vlm.config.text, Nq + Na + 1);
  return {
    patches: shown?.patches,
    views: { pictures: shown?.pictures, codes, spans },
    layout: { batch, length: Nq + Na, causal: { spans, split: Nq, rotary } },
  };
}

/** Where a batch's pictures are uploaded, themselves or their slots in a table, and their patches. */
function promptPictures(
  tape: Tape,
  memory: Memory,
  vlm: WgslVlm,
  batch: number,
  table: View | undefined,
): { pictures: View; patches: Value } {
  const words = vlm.patches * vlm.patchWords;
  const pictures = memory.allocate(table === undefined ? batch * words : batch);
  const patches: Value = {
    rows: batch * vlm.patches,
    columns: vlm.patchWords,
    tracked: false,
    view: table === undefined ? pictures : tape.memory.allocate(batch * words),
  };
  if (table !== undefined) gatherSlots(tape, table, pictures, batch, words, patches.view);
  return { pictures, patches };
}

/** @param batches one for every student of a list, from its first on. */
export function uploadPrompts(memory: Memory, views: PromptViews, batches: readonly PromptBatch[]): void {
  batches.forEach((batch, student) => {
    if (views.pictures !== undefined) memory.upload(ofStudent(views.pictures, student), batch.pictures!);
    for (const name of ['codes', 'spans'] as const)
      memory.upload(ofStudent(views[name], student), batch[name]);
  });
}

/** A recorded answer to which tokens can be added. */
export interface OpenAnswer {
  layout: DecoderLayout;
  /** Keys and values of every layer, as `WgslVlm.prefill` leaves them. */
  packed: Value[];
}

/** Records the prompts' pass up to the likeliest first token of every answer, `first` int32 [B]. */
export function recordPrompts(
  tape: Tape,
  vlm: WgslVlm,
  { patches, views, layout }: PromptInputs,
  first: View,
): OpenAnswer {
  const { batch, length, causal } = layout;
  const features = patches && vlm.visionFeatures(tape, patches, batch);
  const { hidden, packed } = vlm.prefill(tape, features, views.codes, layout);
  const last = joinTokens(tape, batch, [{ value: hidden, length, from: causal.split - 1, count: 1 }]);
  likeliest(tape, vlm, vlm.finalNorm(tape, last), first);
  return { layout, packed };
}

/** Records the likeliest next token after `ids`, int32 [B], which stand at `place`, int32 [1]. `next` may be the same view. */
export function recordNext(
  tape: Tape,
  vlm: WgslVlm,
  { layout, packed }: OpenAnswer,
  ids: View,
  place: View,
  next: View,
): void {
  likeliest(tape, vlm, vlm.next(tape, ids, packed, layout, place), next);
}

function likeliest(tape: Tape, vlm: WgslVlm, z: Value, out: View): void {
  argmax(tape, vlm.head(tape, z), vlm.config.text.vocabularySize, out);
}

/** Column of each row's largest number, the first of equals. logits [M, stride], of which `vocabulary` columns count → int32 [M]. */
function argmax(tape: Tape, logits: Value, vocabulary: number, out: View): void {
  const { lanes } = tape;
  const grid = rowGrid(logits.rows, lanes);
  const loop = (body: string) => `for (var v = ${grid.first}; v < ${vocabulary}; v += ${lanes}) { ${body} }`;
  tape.add({
    label: 'argmax',
    bindings: [
      { name: 'logits', view: logits.view },
      { name: 'out', view: out, type: 'i32', write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    code: `
      let row = ${grid.row};
      if (row >= ${logits.rows}) { return; }
      let base = row * ${logits.columns};
      var top = -3.0e38;
      ${loop('top = max(top, load_logits(base + v));')}
      let peak = ${maxOver(lanes, 'top')};
      // Negated, so that the largest is the smallest column.
      var best = -${vocabulary}.0;
      ${loop('if (load_logits(base + v) == peak) { best = max(best, -f32(v)); }')}
      let found = ${maxOver(lanes, 'best')};
      if (${grid.first} == 0) { store_out(row, i32(-found)); }
    `,
  });
}
