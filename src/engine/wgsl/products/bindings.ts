import type { Binding } from '../core/elements.ts';
import type { Matmul } from '../core/matmul-spec.ts';

/** What a product reads and writes by quads, under the names that kernels of tiles use. */
export function quadBindings({ left, right, out, bias, residual, rowSum }: Matmul): Binding[] {
  const bindings: Binding[] = [
    { name: 'left', view: left.view, type: 'vec4<f32>' },
    { name: 'right', view: right.view, type: 'vec4<f32>' },
    { name: 'result', view: out, write: true, type: 'vec4<f32>' },
  ];
  if (bias) bindings.push({ name: 'bias', view: bias, type: 'vec4<f32>' });
  if (residual) bindings.push({ name: 'residual', view: residual.view, type: 'vec4<f32>' });
  if (rowSum) bindings.push({ name: 'sums', view: rowSum.view, write: true });
  return bindings;
}
