import type { View } from './view.ts';

type ElementType = 'f32' | 'i32' | 'vec4<f32>';

/** One storage binding of a kernel, whose elements its code reads by `load_name(i)` and, with `write`, writes by `store_name(i, value)`. */
export interface Binding {
  name: string;
  view: View;
  type?: ElementType;
  write?: boolean;
}

/** WGSL that declares the `at`-th binding with its accessors: the one place that knows how elements are stored, and whose they are. */
export function declaration(binding: Binding, at: number): string {
  const { name, view, type = 'f32', write = false } = binding;
  if (view.half) return halfDeclaration(binding, at);
  const element = `${name}[${view.students ? `${firstElement(view.students, type)} + ` : ''}i]`;
  const load = `fn load_${name}(i : i32) -> ${type} { return ${element}; }`;
  const store = `fn store_${name}(i : i32, value : ${type}) { ${element} = value; }`;
  return `@group(0) @binding(${at}) var<storage, ${write ? 'read_write' : 'read'}> ${name} : array<${type}>;
${load}${write ? `\n${store}` : ''}`;
}

/** The same of packed f16, which kernels read as f32 numbers, and write four at a time. Who stores it stores one for all students. */
function halfDeclaration({ name, view, type = 'f32', write = false }: Binding, at: number): string {
  const quads = type === 'vec4<f32>';
  if (type === 'i32' || view.students !== undefined || (write && !quads))
    throw new Error(`“${name}” cannot be packed f16`);
  const declared = (words: string) =>
    `@group(0) @binding(${at}) var<storage, ${write ? 'read_write' : 'read'}> ${name} : array<${words}>;`;
  if (!quads)
    return `${declared('u32')}
fn load_${name}(i : i32) -> f32 { return unpack2x16float(${name}[i / 2])[i % 2]; }`;
  const load = `fn load_${name}(i : i32) -> vec4<f32> { let words = ${name}[i]; return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y)); }`;
  const store = `fn store_${name}(i : i32, value : vec4<f32>) { ${name}[i] = vec2<u32>(pack2x16float(value.xy), pack2x16float(value.zw)); }`;
  return `${declared('vec2<u32>')}
${load}${write ? `\n${store}` : ''}`;
}

/** WGSL for the first element of the student whose kernel this is. */
function firstElement(students: readonly number[], type: ElementType): string {
  const starts = students.map((words) => words / (type === 'vec4<f32>' ? 4 : 1));
  const stride = starts[1]! - starts[0]!;
  return starts.every((start, student) => start === student * stride)
    ? `student * ${stride}`
    : `array<i32, ${starts.length}>(${starts.join(', ')})[student]`;
}
