import { lazy, Suspense } from 'react';
import type { FormulaProps } from './typeset.ts';
import classes from './formula.module.css';

const TypesetFormula = lazy(() => import('./typeset-formula.tsx'));

/** A typeset formula. KaTeX and its fonts load after the page's first paint; the line's height is there from the start. */
export function Formula({ tex, block = false }: FormulaProps) {
  return (
    <span className={classes.formula} data-block={block}>
      <Suspense>
        <TypesetFormula tex={tex} block={block} />
      </Suspense>
    </span>
  );
}
