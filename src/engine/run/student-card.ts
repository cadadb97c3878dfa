import type { PairReport } from '../models/checkpoints/checkpoint-index.ts';
import { readsPictures } from '../models/checkpoints/own-pair.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { splitName } from '../recipe/splits.ts';
import type { RunSummary } from './events.ts';

/** Model card (README.md) of a distilled student: where it comes from, how it was made, what it scores. */
export function studentCard(
  pair: PairReport,
  recipe: Recipe,
  final: RunSummary,
  origin: { command: string; commit?: string },
): string {
  const percent = (value: number | undefined) =>
    value === undefined ? '—' : `${(100 * value).toFixed(1)} %`;
  const { before, teacher } = final;
  const pictures = readsPictures(pair);
  const { after } = final.arms[0]!;
  const rows = Object.entries(after.byType).map(
    ([type, { exactMatch, n }]) =>
      `| ${type} | ${n} | ${percent(before.byType[type]?.exactMatch)} | ${percent(exactMatch)} | ${percent(teacher.byType[type]?.exactMatch)} |`,
  );
  return `---
license: apache-2.0
pipeline_tag: ${pictures ? 'image-text-to-text' : 'text-generation'}
---

# ${pair.student.name}, distilled from ${pair.teacher.name}

Distilled by ${final.arms[0]!.label} in ${final.steps} steps. Architecture, tokenizer and starting weights are those of
${pair.student.name}; ${
    recipe.data.own === undefined
      ? `see its card for the ${pictures ? 'pictures' : 'questions'} and their licences`
      : `the ${pictures ? 'pictures' : 'questions'} are a person’s own (${recipe.data.own})`
  }. Weights are stored as F16.${
    recipe.student.lora === undefined
      ? ''
      : ' What LoRA trained is merged into them, and in\n`adapter/` by itself, as PEFT saves it.'
  }

- Command: \`${origin.command}\`
${origin.commit === undefined ? '' : `- Commit: \`${origin.commit}\`\n`}
## Scores

Exact match on the ${recipe.data.own === undefined ? final.split : splitName(final.split, recipe.data)}, measured on the F32 weights before they were rounded.

| question | n | before | after | teacher |
| --- | --- | --- | --- | --- |
| all | ${final.questions} | ${percent(before.exactMatch)} | ${percent(after.exactMatch)} | ${percent(teacher.exactMatch)} |
${rows.join('\n')}

## Recipe

\`\`\`json
${JSON.stringify(recipe, null, 1)}
\`\`\`
`;
}
