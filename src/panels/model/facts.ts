import { ownWeightShapes } from '../../engine/method/own-weights.ts';
import { loraNumbers } from '../../engine/method/lora-layers.ts';
import { lossNames, type LossKey } from '../../engine/method/losses.ts';
import { isInRecalibrator, recalibratorShapes } from '../../engine/method/recalibrator-shapes.ts';
import type { StageKey } from '../../engine/method/stages.ts';
import { numbersIn } from '../../engine/method/trained.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { Forecast, ModelArchitecture, PairArchitecture } from '../../worker/protocol.ts';
import { formatCount } from '../lib/format.ts';
import type { PartKey } from './parts.ts';

/** What a diagram is drawn from. */
export interface DiagramContext {
  architecture: PairArchitecture;
  recipe: Recipe;
  stage: StageKey;
  /** Unknown until a run or its forecast has tokenized the questions. */
  shapes: Forecast['bounds'] | undefined;
}

/** A part in a few words: its name and its real numbers. */
export interface PartFacts {
  title: string;
  lines: string[];
  /** Numbers in its weights, or in the adapters beside them. */
  parameters?: number;
}

/** “27 + 6”, or the names of the numbers while these are not known. */
export function tokens({ shapes }: DiagramContext, side: 'teacher' | 'student'): string {
  const short = side === 'teacher' ? 'l' : 's';
  const own = shapes?.[side];
  return own === undefined ? `Nq_${short} + Na_${short}` : `${own.Nq} + ${own.Na}`;
}

function modelFacts(context: DiagramContext, side: 'teacher' | 'student', part: string): PartFacts {
  const { config, names, parameters }: ModelArchitecture = context.architecture[side];
  const { text } = config;
  const d = text.hiddenSize;
  const head = side === 'teacher' ? 'head H_l' : 'head H_s';
  const size = text.vocabularySize.toLocaleString('en');
  switch (part) {
    case 'Vision':
    case 'Connector':
      return pictureFacts(context.architecture[side], part);
    case 'Tokens':
      return {
        title: 'tokens',
        lines: [`${tokens(context, side)} of ${size}`],
        parameters: parameters.embedding,
      };
    case 'Body': {
      const lora = side === 'student' ? context.recipe.student.lora : undefined;
      const adapters = lora && loraNumbers(text, lora);
      return {
        title: 'decoder body',
        lines: [
          `${names.decoder} ${text.layers} × ${d}`,
          `${text.heads} heads, ${text.kvHeads} kv`,
          `${formatCount(parameters.body)} weights`,
          ...(adapters === undefined ? [] : [`+ ${formatCount(adapters)} of LoRA`]),
        ],
        // What stands beside frozen weights is all that counts as the part's own.
        parameters: adapters ?? parameters.body,
      };
    }
    default:
      return {
        title: head,
        lines: [
          `${d} → ${size}`,
          config.tieWordEmbeddings ? 'is the embedding' : `${formatCount(parameters.head)} weights`,
        ],
        parameters: parameters.head,
      };
  }
}

/** The parts that a model has for pictures. */
function pictureFacts(
  { config, names, parameters }: ModelArchitecture,
  part: 'Vision' | 'Connector',
): PartFacts {
  const title = part === 'Vision' ? 'vision encoder' : 'connector';
  if (config.vision === undefined) return { title, lines: ['none: text alone'] };
  const { vision, text } = config;
  if (part === 'Vision')
    return {
      title,
      lines: [
        `${names.encoder} ${vision.layers} × ${vision.hiddenSize}`,
        `${vision.imageSize} px, ${(vision.imageSize / vision.patchSize) ** 2} patches`,
      ],
      parameters: parameters.vision,
    };
  const d = text.hiddenSize;
  return {
    title,
    lines: [
      config.connector === 'mlp'
        ? `MLP ${vision.hiddenSize} → ${d}`
        : `shuffle ${vision.hiddenSize * config.scaleFactor ** 2} → ${d}`,
      `${config.imageTokens} image tokens`,
    ],
    parameters: parameters.connector,
  };
}

/** Whether the loaded pair reads pictures. */
export function seesPictures({ architecture }: Pick<DiagramContext, 'architecture'>): boolean {
  return architecture.teacher.config.vision !== undefined;
}

/** Weights of the Recalibrator's three parts that a recipe's passes read. */
export function recalibratorParameters({
  architecture: { teacher, student },
  recipe,
}: Pick<DiagramContext, 'architecture' | 'recipe'>): { pre: number; recBody: number; post: number } {
  const shapes = recalibratorShapes(student.config, teacher.config, recipe.recalibrator.depth);
  const used = shapes.filter(({ name }) => isInRecalibrator(recipe, name));
  const pre = used.filter(({ name }) => name.startsWith('rec.proj_pre.'));
  const body = used.filter(({ name }) => name.startsWith('rec.layers.'));
  const [inPre, inBody] = [numbersIn(pre), numbersIn(body)];
  return { pre: inPre, recBody: inBody, post: numbersIn(used) - inPre - inBody };
}

/** A part's name and numbers. */
export function factsOf(key: PartKey, context: DiagramContext): PartFacts {
  const { architecture, recipe } = context;
  const { text } = architecture.student.config;
  const wide = architecture.teacher.config.text.hiddenSize;
  const weights = recalibratorParameters(context);
  if (key in lossNames) {
    const own = ownWeightShapes(recipe.objective, architecture.student.config, architecture.teacher.config);
    return {
      title: lossNames[key as LossKey].title,
      lines: [],
      ...(key === 'distillation' && own.length > 0 && { parameters: numbersIn(own) }),
    };
  }
  switch (key) {
    case 'examples':
      return {
        title: 'examples',
        lines: [
          `${recipe.data.batchSize} a step:`,
          seesPictures(context) ? 'picture, question,' : 'question,',
          'answer',
        ],
      };
    case 'pre':
      return {
        title: 'Rec-proj-pre',
        lines: [`linear ${wide} → ${text.hiddenSize}`, `${formatCount(weights.pre)} weights`],
        parameters: weights.pre,
      };
    case 'recBody':
      return {
        title: 'Rec-body',
        lines: [
          `${recipe.recalibrator.depth} blocks × ${text.hiddenSize}`,
          `${formatCount(weights.recBody)} weights`,
        ],
        parameters: weights.recBody,
      };
    case 'post':
      return {
        title: 'Rec-proj-post',
        lines: [`linear ${text.hiddenSize} → ${wide}`, `${formatCount(weights.post)} weights`],
        parameters: weights.post,
      };
    default: {
      const side = key.startsWith('teacher') ? 'teacher' : 'student';
      return modelFacts(context, side, key.slice(side.length));
    }
  }
}
