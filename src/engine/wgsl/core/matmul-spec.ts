import type { Tile } from '../../device/variant.ts';
import type { View } from './view.ts';

/** A stored matrix of a product; `transposed` = stored with the inner dimension first (left) or last (right). */
interface Operand {
  view: View;
  transposed: boolean;
}

export interface Matmul {
  label: string;
  /** How the work is cut up, where the shapes allow it. */
  tile: Tile;
  m: number;
  n: number;
  k: number;
  /** [m, k], or [k, m] transposed. */
  left: Operand;
  /** [k, n], or [n, k] transposed. */
  right: Operand;
  out: View;
  /** Adds to what `out` holds. */
  accumulate?: boolean;
  /** [n], added to every row. */
  bias?: View;
  /** [rows, n], added row by row; row i takes row i mod `rows`. */
  residual?: { view: View; rows: number };
  /** Σ over k of the left operand (transposed): the bias gradient, [m]. */
  rowSum?: { view: View; accumulate: boolean };
}
