import { renderToString } from 'katex';

export interface FormulaProps {
  /** TeX, with the abbreviations of `typeset.ts`. */
  tex: string;
  /** On a line of its own, with room for large operators. */
  block?: boolean;
}

/** What the formulas of this page abbreviate. */
const macros = {
  '\\CE': '\\,\\mathrm{CE}',
  '\\KL': '\\,\\mathrm{KL}',
  '\\L': '\\mathcal L_{\\mathrm{#1}}',
  '\\w': '\\lambda_{\\mathrm{#1}}',
};

/** TeX as HTML with MathML for screen readers. @throws katex.ParseError on TeX that cannot be read */
export function typeset(tex: string, block: boolean): string {
  return renderToString(tex, { displayMode: block, macros: { ...macros }, strict: 'error' });
}
