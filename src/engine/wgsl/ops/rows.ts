/** WGSL for row-wise kernels: `lanes` invocations share a row and add up with one workgroup array, or one invocation does it all. */

/** Declares what `sumOver`/`maxOver` need. */
export function rowHeader(lanes: number): string {
  if (lanes === 1) return '';
  const reduce = (name: string, start: string, step: string) => `
fn ${name}(value : f32, lane : i32) -> f32 {
  workgroupBarrier();
  shared_[lane] = value;
  workgroupBarrier();
  var total = ${start};
  for (var i = 0; i < ${lanes}; i++) { ${step} }
  return total;
}`;
  return `var<workgroup> shared_ : array<f32, ${lanes}>;
${reduce('sumRow', '0.0', 'total += shared_[i];')}
${reduce('maxRow', '-3.0e38', 'total = max(total, shared_[i]);')}`;
}

/** Sum (or maximum) over the lanes of a row, the same value in every lane. */
export const sumOver = (lanes: number, value: string): string =>
  lanes === 1 ? value : `sumRow(${value}, lane)`;
export const maxOver = (lanes: number, value: string): string =>
  lanes === 1 ? value : `maxRow(${value}, lane)`;

/** Geometry of a row-wise kernel: one workgroup a row, or one invocation a row. */
export function rowGrid(
  rows: number,
  lanes: number,
): { threads: number; groupSize: number; row: string; first: string } {
  return lanes === 1
    ? { threads: rows, groupSize: 16, row: 'index', first: '0' }
    : { threads: rows * lanes, groupSize: lanes, row: 'group', first: 'lane' };
}
