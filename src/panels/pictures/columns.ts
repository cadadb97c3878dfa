/** Sides that a picture on the wall may have, px: the smallest that can be told apart, the largest that is not the large one, one in between. */
const smallest = 26;
const largest = 96;
const usual = 38;
const gap = 4;

/** Columns in which square pictures are as large as they can be in a box; with `height` undefined, in a box that grows with them. */
export function columnsFor(count: number, width: number, height: number | undefined): number {
  const side = (columns: number) => (width + gap) / columns - gap;
  if (height === undefined) return Math.max(1, Math.floor((width + gap) / (usual + gap)));
  const fits = (columns: number) => Math.ceil(count / columns) * (side(columns) + gap) - gap <= height;
  const fewest = Math.max(1, Math.ceil((width + gap) / (largest + gap)));
  const most = Math.max(fewest, Math.floor((width + gap) / (smallest + gap)));
  for (let columns = fewest; columns < most; columns++) if (fits(columns)) return columns;
  return most;
}

/** px that the words of a question take. */
const cardWidth = 132;

/** Columns of cards that hold a question's words; they scroll where there are many. */
export function cardColumns(width: number): number {
  return Math.max(1, Math.floor((width + gap) / (cardWidth + gap)));
}

/** The wall's grid, as a style. */
export function gridOf(columns: number): { gap: number; gridTemplateColumns: string } {
  return { gap, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` };
}
