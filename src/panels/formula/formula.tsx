import { lazy, Suspense } from 'react';
import classes from './formula.module.css';

const TypesetFormula = lazy(() => import('./typeset-formula.tsx'));

export interface FormulaProps {
  /** TeX, with the abbreviations of `typeset.ts`. */
  tex: string;
  /** On a line of its own, with room for large operators. */
  block?: boolean;
}

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
