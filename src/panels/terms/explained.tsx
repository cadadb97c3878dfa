import { lazy, Suspense } from 'react';

const WithTerms = lazy(() => import('./with-terms.tsx'));

/** A text whose words of the field explain themselves on hover, focus and touch. The glossary comes after the first paint. */
export function Explained({ text }: { text: string }) {
  return (
    <Suspense fallback={text}>
      <WithTerms text={text} />
    </Suspense>
  );
}
