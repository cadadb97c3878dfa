/** A range of a GPU buffer. `offset` in bytes, `length` in 32-bit words. */
export interface View {
  buffer: GPUBuffer;
  offset: number;
  length: number;
  /** How many words behind `offset` every student's own copy begins, where students are trained in one list; absent where all read the same. */
  students?: readonly number[];
  /** Holds packed f16, two numbers to a word; absent where each word is one number. */
  half?: true;
}

/** A view as one student sees it. */
export function ofStudent(view: View, student: number): View {
  const { students, offset, ...rest } = view;
  return { ...rest, offset: offset + 4 * (students?.[student] ?? 0) };
}

/**
 * One student's view after the other as those of a list.
 * @param views of single students, equally long, in one buffer.
 */
export function byStudent(views: readonly View[]): View {
  const { buffer, length } = views[0]!;
  if (views.some((view) => view.buffer !== buffer || view.length !== length || view.students !== undefined))
    throw new Error('the students of a list lie in one buffer');
  const offset = Math.min(...views.map((view) => view.offset));
  const students = views.map((view) => (view.offset - offset) / 4);
  return { buffer, offset, length, ...(students.some((words) => words !== 0) && { students }) };
}

/** Words from the beginning of a view to the end of its last student's copy. */
export function extent({ length, students = [0] }: View): number {
  return Math.max(...students) + length;
}
