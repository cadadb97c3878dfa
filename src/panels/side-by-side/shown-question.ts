import type { PanelItem } from '../../engine/run/events.ts';
import type { ShownQuestion } from '../../store/slices/questions-slice.ts';

/** A question of the panel, to be looked into. */
export function shownQuestion({ id, picture, question, reference }: PanelItem): ShownQuestion {
  return { ...(picture && { picture: { id }, pixels: picture }), question, reference, fromPanel: true };
}
