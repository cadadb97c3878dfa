import { useElementSize, useMediaQuery } from '@mantine/hooks';
import type { RefCallback } from 'react';
import { cardColumns, columnsFor } from './columns.ts';

/** The columns of `count` pictures, or cards of words, in the box that takes `ref`; on a phone the box grows with them. */
export function useColumns(
  count: number,
  cards = false,
): { ref: RefCallback<HTMLDivElement | null>; columns: number } {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const grows = useMediaQuery('(max-width: 1000px)', false, { getInitialValueInEffect: false });
  const columns = cards ? cardColumns(width) : columnsFor(count, width, grows ? undefined : height);
  return { ref, columns };
}
