import { declaration, type Binding } from './elements.ts';
import { tooLarge, type Memory } from './memory.ts';
import { extent } from './view.ts';

/**
 * One dispatch. `code` is the body of a WGSL function that sees `index` (global invocation), `group` and `lane`, and reads and writes its
 * bindings by `load_name(i)` and `store_name(i, value)`; shapes are baked in as numbers, so a kernel is compiled once per shape and reads no
 * uniforms.
 */
export interface Kernel {
  label: string;
  bindings: Binding[];
  /** Invocations; rounded up to whole workgroups, so `code` must guard `index`. */
  threads: number;
  groupSize?: number;
  code: string;
  /** Functions and workgroup variables in front of `main`. */
  header?: string;
  /** Floating-point operations, for forecasts; a few per invocation where it is not given. */
  operations?: number;
}

/** What a plan costs. */
export interface Work {
  dispatches: number;
  operations: number;
}

export function totalWork(parts: readonly Work[]): Work {
  return {
    dispatches: parts.reduce((sum, { dispatches }) => sum + dispatches, 0),
    operations: parts.reduce((sum, { operations }) => sum + operations, 0),
  };
}

interface Step {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  x: number;
  y: number;
}

const maxGroups = 65_535;
/** Operations an invocation of an elementwise kernel is worth: it mostly waits for memory. */
const elementwise = 16;

/** Compiled pipelines by source, for as long as the device lives. */
const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/**
 * A fixed list of dispatches over fixed buffers: recorded once, compiled together, run in one compute pass any number of times. Over a memory of
 * several students every dispatch computes all of them, each in a layer of the grid of its own and exactly as it would alone.
 */
export class Plan {
  private readonly recorded: { kernel: Kernel; source: string }[] = [];
  private steps: Step[] = [];

  constructor(private readonly memory: Pick<Memory, 'device' | 'dry' | 'students' | 'ledger'>) {}

  /** @throws where a binding belongs to another list of students, or where the code reaches past its accessors. */
  add(kernel: Kernel): void {
    const strange = kernel.bindings.find(
      ({ view: { students } }) => students !== undefined && students.length !== this.memory.students,
    );
    if (strange !== undefined) throw new Error(`“${strange.name}” of “${kernel.label}” lies in another list`);
    const bare = kernel.bindings.find(({ name }) => new RegExp(`\\b${name}\\s*\\[`).test(kernel.code));
    if (bare !== undefined)
      throw new Error(`“${kernel.label}” reads “${bare.name}” without load_ or store_${bare.name}`);
    for (const { view } of kernel.bindings) this.memory.ledger.bound(4 * extent(view));
    this.recorded.push({ kernel, source: sourceOf(kernel, this.memory.students) });
  }

  get kernels(): readonly Kernel[] {
    return this.recorded.map(({ kernel }) => kernel);
  }

  get dispatches(): number {
    return this.recorded.length;
  }

  get work(): Work {
    const operations = this.recorded.reduce(
      (sum, { kernel }) => sum + (kernel.operations ?? kernel.threads * elementwise),
      0,
    );
    return { dispatches: this.dispatches, operations: operations * this.memory.students };
  }

  /**
   * Compiles whatever is new to this device, in parallel, and binds the buffers; over a dry memory there are none to bind.
   * @throws EngineError `out-of-memory` where a kernel reads more of a buffer than the device binds.
   */
  async compile(): Promise<void> {
    const { device, dry } = this.memory;
    if (!dry) this.refuseTooLarge();
    const pipelines = await Promise.all(
      this.recorded.map(({ kernel, source }) => compiled(device, kernel, source)),
    );
    if (dry) return;
    this.steps = this.recorded.map(({ kernel }, i) => {
      const pipeline = pipelines[i]!;
      const groups = Math.ceil(kernel.threads / (kernel.groupSize ?? 64));
      return {
        pipeline,
        bindGroup: device.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: kernel.bindings.map(({ view }, binding) => ({
            binding,
            resource: { buffer: view.buffer, offset: view.offset, size: Math.max(4, extent(view) * 4) },
          })),
        }),
        x: Math.min(groups, maxGroups),
        y: Math.ceil(groups / maxGroups),
      };
    });
  }

  private refuseTooLarge(): void {
    const { maxStorageBufferBindingSize: most } = this.memory.device.limits;
    for (const { kernel } of this.recorded)
      for (const { view } of kernel.bindings)
        if (4 * extent(view) > most) throw tooLarge(`What “${kernel.label}” reads`, 4 * extent(view), most);
  }

  /**
   * Runs every dispatch, in a pass and a submission of its own.
   * @param students how many of the list, from its first on; the others are left as they are.
   */
  submit(students?: number): void {
    const { device } = this.memory;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.encode(pass, students);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Encodes every dispatch into `pass`. Dispatches of one pass see each other's writes in order. */
  encode(pass: GPUComputePassEncoder, students = this.memory.students): void {
    for (const { pipeline, bindGroup, x, y } of this.steps) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(x, y, students);
    }
  }
}

function sourceOf({ bindings, groupSize = 64, code, header = '' }: Kernel, students: number): string {
  return `${students > 1 ? 'var<private> student : i32;\n' : ''}${bindings.map(declaration).join('\n')}
${header}
@compute @workgroup_size(${groupSize})
fn main(@builtin(workgroup_id) groupId : vec3<u32>, @builtin(local_invocation_index) laneId : u32) {
  ${students > 1 ? 'student = i32(groupId.z);' : ''}
  let group = i32(groupId.x + groupId.y * ${maxGroups}u);
  let lane = i32(laneId);
  let index = group * ${groupSize} + lane;
  ${code}
}
`;
}

function compiled(device: GPUDevice, kernel: Kernel, source: string): Promise<GPUComputePipeline> {
  let known = pipelines.get(device);
  if (known === undefined) pipelines.set(device, (known = new Map()));
  let pipeline = known.get(source);
  if (pipeline === undefined) {
    const layout = device.createBindGroupLayout({
      entries: kernel.bindings.map(({ write = false }, binding) => ({
        binding,
        visibility: 4, // GPUShaderStage.COMPUTE
        buffer: { type: write ? 'storage' : 'read-only-storage' },
      })),
    });
    pipeline = device.createComputePipelineAsync({
      label: kernel.label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: {
        module: device.createShaderModule({ label: kernel.label, code: source }),
        entryPoint: 'main',
      },
    });
    known.set(source, pipeline);
  }
  return pipeline;
}
