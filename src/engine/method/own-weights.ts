import type { ObjectiveKey } from '../recipe/objectives.ts';
import { dskdShapes } from './dskd-shapes.ts';

type Shapes = typeof dskdShapes;

/** Objectives that train weights of their own beside the student in stage 2; no checkpoint has them. */
const shapes: Partial<Record<ObjectiveKey, Shapes>> = { dskd: dskdShapes };

/** Names and shapes of what an objective trains beside the student of a pair; none for most. */
export function ownWeightShapes(objective: ObjectiveKey, ...pair: Parameters<Shapes>): ReturnType<Shapes> {
  return shapes[objective]?.(...pair) ?? [];
}
