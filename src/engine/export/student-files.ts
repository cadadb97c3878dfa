import { writeCheckpoint } from '../models/checkpoints/write-checkpoint.ts';
import { familyOf } from '../models/families/families.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { RunSummary } from '../run/events.ts';
import { studentCard } from '../run/student-card.ts';
import type { TrainSession } from '../session.ts';
import type { Trainer } from '../experiment/trainer.ts';
import { writeAdapter } from './write-adapter.ts';

/**
 * The student of a run that is over as the files of a checkpoint folder; what LoRA trained is merged into its weights, and in the folder `adapter`
 * by itself, as PEFT saves it.
 * @param origin how it was made, for its card
 * @returns files by path
 * @throws EngineError `not-finite` when a weight is no finite F16 number.
 */
export async function studentFiles(
  trainer: Trainer,
  { pair, student }: Pick<TrainSession, 'pair' | 'student'>,
  recipe: Recipe,
  final: RunSummary,
  origin: { command: string; commit?: string },
): Promise<Map<string, Uint8Array>> {
  const { source, folder } = student.files;
  const card = studentCard(pair, recipe, final, origin);
  const weights = new Map(await trainer.studentWeights());
  // A tied head that its files hold a second time has not been trained, and newer readers would take it for one of its own.
  const { config } = student;
  if (config.tieWordEmbeddings) weights.delete(familyOf(config).layout.head);
  const files = await writeCheckpoint(source, folder, weights, card);
  const { lora } = recipe.student;
  const adapters = await trainer.studentAdapters();
  if (lora !== undefined && adapters !== undefined)
    for (const [name, bytes] of writeAdapter(student, adapters, lora)) files.set(`adapter/${name}`, bytes);
  return files;
}
