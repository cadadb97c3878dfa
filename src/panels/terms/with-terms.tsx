import { partsOf } from './glossary.ts';
import { Term } from './term.tsx';

export default function WithTerms({ text }: { text: string }) {
  return partsOf(text).map(({ text: part, entry }) =>
    entry === undefined ? part : <Term key={part} word={part} meaning={entry.text} />,
  );
}
