import { stageKeys, stageLabels } from '../../engine/method/stages.ts';
import { fieldAtPath } from '../recipe/fields.ts';

/** A field of the recipe by a name of its own, with the part where its label says too little: “distil: learning rate”, “LoRA: rank”. */
export function fieldName(path: string): string {
  const label = fieldAtPath(path)?.field.label ?? path;
  const stage = stageKeys.find((key) => path.startsWith(`stages.${key}.`));
  if (stage !== undefined) return `${stageLabels[stage].split(' ').at(-1)}: ${label}`;
  return path.startsWith('student.lora.') ? `LoRA: ${label}` : label;
}
