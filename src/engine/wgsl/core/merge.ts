import type { Binding } from './elements.ts';
import type { Kernel } from './plan.ts';

/** Bindings that every WebGPU adapter has in one shader stage. */
const maxBindings = 8;

/**
 * Two kernels that do not depend on each other as one dispatch: the first workgroups run `a`, the rest `b`. What both read is bound once.
 * Kernels that would not fit the binding limit, or count lanes differently, stay apart.
 */
export function merge(a: Kernel, b: Kernel): Kernel[] {
  const size = a.groupSize ?? 64;
  const sharesRows = (kernel: Kernel) => /\b(lane|group)\b/.test(kernel.code);
  const names = new Map(
    b.bindings.map((binding) => [
      binding.name,
      a.bindings.find((other) => readsSame(other, binding))?.name ?? `${binding.name}B`,
    ]),
  );
  const added = b.bindings
    .map((binding) => ({ ...binding, name: names.get(binding.name)! }))
    .filter(({ name }) => !a.bindings.some((other) => other.name === name));
  const bindings = [...a.bindings, ...added];
  const fits = bindings.length <= maxBindings;
  const sameSize = size === (b.groupSize ?? 64) || !(sharesRows(a) || sharesRows(b));
  if (!fits || !sameSize || (b.header ?? '') !== (a.header ?? '')) return [a, b];
  const rename = (code: string) =>
    code.replaceAll(
      /\b(load_|store_)(\w+)\b/g,
      (_, access: string, name: string) => access + (names.get(name) ?? name),
    );
  const groups = Math.ceil(a.threads / size);
  return [
    {
      label: `${a.label} + ${b.label}`,
      bindings,
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

function readsSame(a: Binding, b: Binding): boolean {
  const place = ({ view, type }: Binding) => [
    view.buffer,
    view.offset,
    view.length,
    view.half,
    String(view.students),
    type ?? 'f32',
  ];
  const other = place(b);
  return !a.write && !b.write && place(a).every((value, i) => value === other[i]);
}
