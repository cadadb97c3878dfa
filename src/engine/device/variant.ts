/** Side of the output tile that one invocation keeps in registers; or tiles that a workgroup shares. */
export type Tile = 4 | 8 | 'workgroup';

/** How weights that nothing trains are stored, and what is kept of their results. */
export type Frozen = 'f32' | 'f16';

/** How kernels are written for an adapter. */
export interface KernelVariant {
  /** Invocations that share one row in row-wise kernels: 1 on software adapters, whose barriers are slow. */
  lanes: number;
  /** How matrix products are cut up. */
  tile: Tile;
}

/**
 * What suits an adapter that nobody has measured. On software adapters (`npm run bench`) 8×8 tiles are half as fast again on SwiftShader, and
 * no faster elsewhere.
 */
export function usualVariant({ software, adapter }: { software: boolean; adapter: string }): KernelVariant {
  if (!software) return { lanes: 64, tile: 'workgroup' };
  return { lanes: 1, tile: /swiftshader/i.test(adapter) ? 8 : 4 };
}

/** What else can be tried where a driver gets a variant wrong: one thing simpler at a time, and the plainest last. */
export function alternatives({ lanes, tile }: KernelVariant): KernelVariant[] {
  const simpler: KernelVariant[] = [
    { lanes, tile: 4 },
    { lanes: 1, tile },
    { lanes: 1, tile: 4 },
  ];
  const tried = new Set([JSON.stringify({ lanes, tile })]);
  return simpler.filter((variant) => {
    const key = JSON.stringify(variant);
    return !tried.has(key) && tried.add(key);
  });
}
