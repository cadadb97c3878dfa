import type { Kernel } from './plan.ts';

/** Bindings that every WebGPU adapter has in one shader stage. */
const maxBindings = 8;

/**
 * Two kernels that do not depend on each other as one dispatch: the first workgroups run `a`, the rest `b`. Both keep their own bindings.
 * Kernels that would not fit the binding limit, or count lanes differently, stay apart.
 */
export function merge(a: Kernel, b: Kernel): Kernel[] {
  const size = a.groupSize ?? 64;
  const sharesRows = (kernel: Kernel) => /\b(lane|group)\b/.test(kernel.code);
  const fits = a.bindings.length + b.bindings.length <= maxBindings;
  const sameSize = size === (b.groupSize ?? 64) || !(sharesRows(a) || sharesRows(b));
  if (!fits || !sameSize || (b.header ?? '') !== (a.header ?? '')) return [a, b];
  const rename = (code: string) =>
    b.bindings.reduce(
      (text, { name }) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}B`),
      code,
    );
  const groups = Math.ceil(a.threads / size);
  return [
    {
      label: `${a.label} + ${b.label}`,
      bindings: [...a.bindings, ...b.bindings.map((binding) => ({ ...binding, name: `${binding.name}B` }))],
      groupSize: size,
      threads: groups * size + b.threads,
      ...(a.operations !== undefined &&
        b.operations !== undefined && { operations: a.operations + b.operations }),
      header: `${a.header ?? ''}
fn partA(index : i32, group : i32, lane : i32) { ${a.code} }
fn partB(index : i32, group : i32, lane : i32) { ${rename(b.code)} }`,
      code: `if (group < ${groups}) { partA(index, group, lane); } else { partB(index - ${groups * size}, group - ${groups}, lane); }`,
    },
  ];
}
