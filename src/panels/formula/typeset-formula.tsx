import 'katex/dist/katex.min.css';
import { useMemo } from 'react';
import { typeset, type FormulaProps } from './typeset.ts';

export default function TypesetFormula({ tex, block = false }: FormulaProps) {
  const html = useMemo(() => typeset(tex, block), [tex, block]);
  // The TeX stands in this project's own files.
  // oxlint-disable-next-line react/no-danger
  return <span dangerouslySetInnerHTML={{ __html: html }} />;
}
