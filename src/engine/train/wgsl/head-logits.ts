import { Plan } from '../../wgsl/core/plan.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { ofStudent } from '../../wgsl/core/view.ts';
import { joinTokens } from '../../wgsl/ops/tokens.ts';
import type { HeadLogits } from '../stepper.ts';
import type { StudentContext } from './arm-context.ts';

/**
 * The teacher's head once more over what the latest update left of the first example of its batch. The update itself keeps no logits: their
 * gradients stand in their place. Changes nothing and leaves nothing behind.
 * @param recalibrated r at the positions that predict the answer, [B·Na_l, d_l], of a list of students
 * @param place which of them
 */
export async function headLogits(
  { shared, batches }: StudentContext,
  recalibrated: Value,
  place: number,
): Promise<HeadLogits> {
  const { teacher, set, variant } = shared;
  const { Nq, Na } = set.bounds.teacher;
  const vocabulary = teacher.config.text.vocabularySize;
  const memory = shared.memory.child();
  try {
    const plan = new Plan(memory);
    const tape = new Tape(plan, memory, variant);
    const logits = ({ view, ...value }: Value, length: number, from: number) =>
      teacher.head(
        tape,
        joinTokens(tape, 1, [
          { value: { ...value, view: ofStudent(view, place), tracked: false }, length, from, count: Na },
        ]),
      );
    const own = logits(batches.teacherFeatures, Nq + Na, Nq - 1);
    const other = logits(recalibrated, Na, 0);
    await plan.compile();
    plan.submit();
    const read = async ({ view, columns }: Value) => {
      const all = await memory.read(view, Na * columns);
      return Array.from({ length: Na }, (_, row) => all.slice(row * columns, row * columns + vocabulary));
    };
    return { teacher: await read(own), recalibrator: await read(other) };
  } finally {
    memory.dispose();
  }
}
