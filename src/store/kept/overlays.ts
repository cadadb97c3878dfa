import { toFailure } from '../../engine/errors.ts';
import { takeReading, type Reading } from '../../engine/run/readings.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import type { Overlay } from '../slices/runs-slice.ts';
import { useStore } from '../store.ts';
import { readRecord } from './run-list.ts';
import { evaluations, ownSteps } from './run-row.ts';

const { getState, setState } = useStore;

/** Overlays beyond this many cannot be told apart. */
export const maxOverlays = 4;

/** Draws a run in the charts, or no longer. */
export async function toggleOverlay(id: string): Promise<void> {
  const others = () => getState().overlays.filter((overlay) => overlay.id !== id);
  const drawn = () => getState().overlays.some((overlay) => overlay.id === id);
  const name = getState().runs?.find((row) => row.id === id)?.name;
  if (name === undefined || drawn() || getState().overlays.length >= maxOverlays) {
    setState({ overlays: others() });
    return;
  }
  // The tick shows at once, the lines when they have been read.
  setState({
    overlays: [...getState().overlays, { id, name, steps: [], seeds: 1, evaluations: [], readings: [] }],
  });
  try {
    redraw([await readRecord(id)]);
  } catch (error) {
    setState({ overlays: others(), runsNotice: toFailure(error) });
  }
}

/** Draws what records tell, where their runs are drawn. */
export function redraw(records: readonly RunRecord[]): void {
  const drawn = (overlay: Overlay): Overlay => {
    const record = records.find(({ id }) => id === overlay.id);
    if (record === undefined) return overlay;
    const readings: Reading[] = [];
    for (const event of record.events) takeReading(readings, event);
    const { seeds } = record.recipe;
    return { ...overlay, steps: ownSteps(record), seeds, evaluations: evaluations(record), readings };
  };
  setState({ overlays: getState().overlays.map(drawn) });
}
