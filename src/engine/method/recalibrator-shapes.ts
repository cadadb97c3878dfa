import type { Recipe } from '../recipe/recipe.ts';

/** What the Recalibrator takes over from the student's decoder blocks, which its own have the configuration of. */
export interface BlockShape {
  hiddenSize: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediateSize: number;
  /** Biases on q, k and v. */
  attentionBias: boolean;
}

/** A weight's initial values: all one number, or normal with this standard deviation. */
type Init = 'zeros' | 'ones' | number;

const norm = 'rec.norm.weight';

/** Whether a recipe's Recalibrator reads one of the weights that it has: it may do without the norm before Rec-proj-post. */
export function isInRecalibrator({ recalibrator }: Pick<Recipe, 'recalibrator'>, name: string): boolean {
  return recalibrator.normBeforeProjection || name !== norm;
}

/** Names, shapes and initial spread of the Recalibrator's weights (genrecal, “The Recalibrator”). */
export function recalibratorShapes(
  student: { text: BlockShape },
  teacher: { text: Pick<BlockShape, 'hiddenSize'> },
  depth: number,
): { name: string; shape: number[]; init: Init }[] {
  const text = student.text;
  const width = text.hiddenSize;
  const query = text.heads * text.headDim;
  const kv = text.kvHeads * text.headDim;
  const shapes: { name: string; shape: number[]; init: Init }[] = [
    {
      name: 'rec.proj_pre.weight',
      shape: [width, teacher.text.hiddenSize],
      init: teacher.text.hiddenSize ** -0.5,
    },
    { name: 'rec.proj_pre.bias', shape: [width], init: 'zeros' },
  ];
  for (let i = 0; i < depth; i++) {
    const add = (name: string, shape: number[], init: Init) =>
      shapes.push({ name: `rec.layers.${i}.${name}`, shape, init });
    add('input_layernorm.weight', [width], 'ones');
    for (const [name, rows] of [
      ['q', query],
      ['k', kv],
      ['v', kv],
    ] as const) {
      add(`self_attn.${name}_proj.weight`, [rows, width], 0.02);
      if (text.attentionBias) add(`self_attn.${name}_proj.bias`, [rows], 'zeros');
    }
    add('self_attn.o_proj.weight', [width, query], 0.02);
    add('post_attention_layernorm.weight', [width], 'ones');
    add('mlp.gate_proj.weight', [text.intermediateSize, width], 0.02);
    add('mlp.up_proj.weight', [text.intermediateSize, width], 0.02);
    add('mlp.down_proj.weight', [width, text.intermediateSize], 0.02);
  }
  shapes.push(
    { name: norm, shape: [width], init: 'ones' },
    { name: 'rec.proj_post.weight', shape: [teacher.text.hiddenSize, width], init: width ** -0.5 },
    { name: 'rec.proj_post.bias', shape: [teacher.text.hiddenSize], init: 'zeros' },
  );
  return shapes;
}
