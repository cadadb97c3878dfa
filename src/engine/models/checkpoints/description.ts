import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import type { TextOnlyConfig, VlmConfig } from '../config.ts';
import { parseConfig } from '../families/parse-config.ts';
import { unreadable, type FolderFile } from './integrity.ts';
import { readPreprocessor, type Preprocessor } from './preprocessor.ts';
import { readJson, type FileSource } from './source.ts';

/** What reads no pictures has nothing to prepare them with. */
export interface TextOnlyModel {
  config: TextOnlyConfig;
  preprocessor?: undefined;
}

export interface VlmModel {
  config: VlmConfig;
  preprocessor: Preprocessor;
}

export interface Description {
  model: TextOnlyModel | VlmModel;
  tokenizerJson: unknown;
  /** tokenizer_config.json, with the chat template and the picture's token that stand beside it. */
  tokenizerConfig: unknown;
  /** config.json says of the head that it is the token embedding, and that it is not. */
  tiesDiffer: boolean;
}

const objectSchema = z.record(z.string(), z.unknown());

/**
 * Reads what a checkpoint folder says of its model, without its weights.
 * @throws EngineError `file-missing`, `file-corrupt` or `file-unsupported`, naming the file and what in it cannot be honoured.
 */
export async function readDescription(
  source: FileSource,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<Description> {
  refuseOtherKinds(folder, files);
  const json = (file: string) => readJson(source, `${folder}/${file}`);
  const maybe = async (file: string) => (files.has(file) ? objectOf(await json(file)) : {});
  const [configJson, tokenizerJson, tokenizerConfig, processor, template] = await Promise.all([
    json('config.json'),
    json('tokenizer.json'),
    json('tokenizer_config.json'),
    maybe('processor_config.json'),
    readTemplate(source, folder, files),
  ]);
  const config = parseConfig(configJson);
  const texts = {
    tokenizerJson,
    tokenizerConfig: beside(tokenizerConfig, processor, template),
    tiesDiffer: tiesDiffer(configJson),
  };
  if (config.vision === undefined) return { ...texts, model: { config } };
  // transformers 5 writes one file for the whole processor.
  const own = files.has('preprocessor_config.json') ? 'preprocessor_config.json' : 'processor_config.json';
  const pictures = own === 'preprocessor_config.json' ? await json(own) : processor.image_processor;
  return { ...texts, model: readPreprocessor(pictures, config, `${folder}/${own}`) };
}

/** Folders that hold something else than a model, or one in another format. */
function refuseOtherKinds(folder: string, files: ReadonlyMap<string, FolderFile>): void {
  if (files.has('config.json')) return;
  const [message, action] = files.has('adapter_config.json')
    ? [
        'is an adapter of a model, not a model',
        'Merge it into its model (`merge_and_unload` of PEFT) and save that.',
      ]
    : [
        'has no config.json, so it is no model',
        'Choose a folder that transformers saved, with config.json in it.',
      ];
  throw new EngineError('file-unsupported', `“${folder}” ${message}.`, action);
}

/** The template beside the tokenizer: a text of its own, or JSON around it. */
async function readTemplate(
  source: FileSource,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<unknown> {
  if (files.has('chat_template.jinja'))
    return new TextDecoder().decode(await source.bytes(`${folder}/chat_template.jinja`));
  if (!files.has('chat_template.json')) return undefined;
  const template = objectOf(await readJson(source, `${folder}/chat_template.json`)).chat_template;
  if (template === undefined) throw unreadable(folder, 'chat_template.json');
  return template;
}

/** The processor's words go before the tokenizer's, as in `transformers`. */
function beside(tokenizerConfig: unknown, processor: Record<string, unknown>, template: unknown): unknown {
  if (!objectSchema.safeParse(tokenizerConfig).success) return tokenizerConfig;
  return {
    ...(processor.image_token !== undefined && { image_token: processor.image_token }),
    ...(tokenizerConfig as object),
    ...((template ?? processor.chat_template) !== undefined && {
      chat_template: template ?? processor.chat_template,
    }),
  };
}

function tiesDiffer(configJson: unknown): boolean {
  const own = objectOf(configJson).tie_word_embeddings;
  const inner = objectOf(objectOf(configJson).text_config).tie_word_embeddings;
  return typeof own === 'boolean' && typeof inner === 'boolean' && own !== inner;
}

function objectOf(json: unknown): Record<string, unknown> {
  return objectSchema.safeParse(json).data ?? {};
}
