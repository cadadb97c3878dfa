import { Memory } from './memory.ts';
import type { Kernel, Plan } from './plan.ts';
import type { View } from './view.ts';

/** Dispatches from which to which something is needed, and its words; of a list, those of one student. */
interface Place {
  first: number;
  last: number;
  length: number;
}

/**
 * Buffers of passes that train nothing: what no later dispatch reads gives its place to what comes after it. Nothing has a buffer before
 * `settle`; nothing may be uploaded here, or be counted on in the next run of the plans.
 */
export class Scratch extends Memory {
  /** What stands for the buffers until there are some. */
  private readonly asked = new Set<GPUBuffer>();

  /** @param kept where the buffers come from in the end */
  constructor(private readonly kept: Memory) {
    super(kept.device, kept.dry, kept.students);
  }

  override allocate(length: number): View {
    const buffer = {} as GPUBuffer;
    this.asked.add(buffer);
    const { words, students } = this.layout(length);
    return { buffer, offset: 0, length: words, ...(students && { students }) };
  }

  /** Gives a buffer to everything that the plans touch; they run one after the other. */
  settle(plans: readonly Plan[]): void {
    const kernels = plans.flatMap((plan) => plan.kernels);
    const needed = this.needed(kernels);
    const places: Place[] = [];
    const placeOf = new Map<GPUBuffer, Place>();
    for (const [buffer, need] of [...needed].sort(([, a], [, b]) => a.first - b.first)) {
      const place = bestPlace(places, need);
      if (place === undefined) places.push(need);
      else Object.assign(place, { last: need.last, length: Math.max(place.length, need.length) });
      placeOf.set(buffer, place ?? need);
    }
    const buffers = new Map(
      places.map((place) => [place, this.kept.allocate(place.length, 'scratch').buffer]),
    );
    const settled = (view: View): GPUBuffer => {
      const place = placeOf.get(view.buffer);
      return place === undefined ? view.buffer : buffers.get(place)!;
    };
    for (const { bindings } of kernels)
      for (const binding of bindings) binding.view = { ...binding.view, buffer: settled(binding.view) };
  }

  private needed(kernels: readonly Kernel[]): Map<GPUBuffer, Place> {
    const needed = new Map<GPUBuffer, Place>();
    kernels.forEach(({ bindings }, at) => {
      for (const { view } of bindings) {
        if (!this.asked.has(view.buffer)) continue;
        const end = view.offset / 4 + view.length;
        const known = needed.get(view.buffer);
        if (known === undefined) needed.set(view.buffer, { first: at, last: at, length: end });
        else Object.assign(known, { last: at, length: Math.max(known.length, end) });
      }
    });
    return needed;
  }
}

/** Of the places that are free by then the smallest that is large enough, or else the largest, which grows. */
function bestPlace(places: readonly Place[], need: Place): Place | undefined {
  const free = places.filter(({ last }) => last < need.first).sort((a, b) => a.length - b.length);
  return free.find(({ length }) => length >= need.length) ?? free.at(-1);
}
