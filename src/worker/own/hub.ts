import { downloadFile, HubApiError, listFiles, modelInfo } from '@huggingface/hub';
import { EngineError } from '../../engine/errors.ts';
import type { HubModel } from './hub-name.ts';
import type { OwnFile } from '../../engine/own-file.ts';

/** What a model of `transformers` is made of, among what else lies beside it: weights of other frameworks, pictures, logs. */
const wanted = /^[^/]+\.(?:json|jinja|safetensors)$/;

/** Some of the Hub's caches refuse requests by where they come from. */
const request: typeof fetch = (input, init) =>
  fetch(input, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' });

/**
 * The files of a public model on huggingface.co. Texts arrive at once; of larger files only what is read of them.
 * @returns with them the commit that the revision is
 * @throws EngineError `file-missing`
 */
export async function hubFiles(model: HubModel): Promise<{ files: OwnFile[]; pinned: HubModel }> {
  const { repo, revision } = model;
  try {
    const { sha } = await modelInfo({ name: repo, revision, additionalFields: ['sha'], fetch: request });
    const files: OwnFile[] = [];
    for await (const { path, type } of listFiles({ repo, revision: sha, fetch: request })) {
      if (type !== 'file' || !wanted.test(path)) continue;
      const file = await downloadFile({ repo, path, revision: sha, xet: false, fetch: request });
      if (file !== null) files.push({ path: `${repo.split('/').at(-1)!}/${path}`, file });
    }
    return { files, pinned: { repo, revision: sha } };
  } catch (error) {
    throw refused(model, error);
  }
}

function refused({ repo, revision }: HubModel, cause: unknown): EngineError {
  const name = `“${repo}@${revision}”`;
  if (!(cause instanceof HubApiError))
    return new EngineError(
      'file-missing',
      `${name} could not be looked up: huggingface.co did not answer.`,
      'Check the connection and try again.',
      { cause },
    );
  if ([401, 403, 404].includes(cause.statusCode))
    return new EngineError(
      'file-missing',
      `${name} is not on huggingface.co, or not open to everybody.`,
      'Check the name and the revision. A model that asks for a login: download it, and choose its folder.',
      { cause },
    );
  return new EngineError(
    'file-missing',
    `${name} could not be looked up: huggingface.co answered ${cause.statusCode}.`,
    'Try again in a while.',
    { cause },
  );
}
