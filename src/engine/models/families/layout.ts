import type { VlmConfig } from '../config.ts';

/** Where each family keeps its parts, by `transformers` names. */
const layouts = {
  llava: {
    vision: 'vision_tower.vision_model',
    connector: 'multi_modal_projector',
    text: 'language_model.model',
    head: 'language_model.lm_head.weight',
  },
  idefics3: {
    vision: 'model.vision_model',
    connector: 'model.connector',
    text: 'model.text_model',
    head: 'lm_head.weight',
  },
} as const;

export type CheckpointLayout = (typeof layouts)[keyof typeof layouts];

/** Names of the parts of a checkpoint. */
export function layoutOf({ family }: Pick<VlmConfig, 'family'>): CheckpointLayout {
  return layouts[family];
}
