/**
 * How a matrix product is cut up: side of the output tile that one invocation keeps in registers; or tiles that a workgroup shares, with a side of
 * 32, 64 or 128.
 */
export type Tile = 4 | 8 | 'workgroup' | WideTile;
export type WideTile = 'workgroup64' | 'workgroup128';

/** How weights that nothing trains are stored, and what is kept of their results. */
export type Frozen = 'f32' | 'f16';

/** How large matrix products are cut up. */
export interface LargeTile {
  /** Numbers in the result from which on it is used. */
  from: number;
  tile: Tile;
}

/** How kernels are written for an adapter. */
export interface KernelVariant {
  /** Invocations that share one row in row-wise kernels: 1 on software adapters, whose barriers are slow. */
  lanes: number;
  /** How matrix products are cut up. */
  tile: Exclude<Tile, WideTile>;
  /** How those are that are larger, ascending; absent where size makes no difference. */
  large?: readonly LargeTile[];
}

/** How a product with so many numbers in its result is cut up. */
export function tileFor({ tile, large = [] }: KernelVariant, results: number): Tile {
  return large.findLast(({ from }) => results >= from)?.tile ?? tile;
}

/** What suits a graphics card that nobody has measured: a wide tile from where there are 256 of it, enough for any card to be busy. */
const usualLarge: readonly LargeTile[] = [
  { from: 256 * 64 ** 2, tile: 'workgroup64' },
  { from: 256 * 128 ** 2, tile: 'workgroup128' },
];

/**
 * What suits an adapter that nobody has measured. On software adapters (`npm run bench`) 8×8 tiles are half as fast again on SwiftShader, and
 * no faster elsewhere.
 */
export function usualVariant({ software, adapter }: { software: boolean; adapter: string }): KernelVariant {
  if (!software) return { lanes: 64, tile: 'workgroup', large: usualLarge };
  return { lanes: 1, tile: /swiftshader/i.test(adapter) ? 8 : 4 };
}

/**
 * What else can be tried where a driver gets a variant wrong: one thing simpler at a time, and the plainest last. Large products are cut up as small
 * ones then.
 */
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
