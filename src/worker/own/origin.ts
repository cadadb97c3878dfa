import type { OwnFile } from '../../engine/own-file.ts';
import type { HubModel } from './hub-name.ts';

/** Where a person's model is. */
export type Origin = readonly OwnFile[] | HubModel;
