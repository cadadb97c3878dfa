/** A Unicode noncharacter: never part of a text that people exchange. */
const seam = '\uFDD0';

/** What of tokenizer.json decides how a text is cut at its added tokens. */
interface CuttingFiles {
  added_tokens: readonly { content: string; special: boolean; [key: string]: unknown }[];
  pre_tokenizer?: unknown;
  [key: string]: unknown;
}

/** Finds every place where one of the tokens begins; those that overlap too. */
function beginnings(tokens: readonly string[]): RegExp {
  const escaped = tokens.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(?=${escaped.join('|')})[^]`, 'gu');
}

/**
 * Keeps what people write apart from what a chat template writes: special tokens come from the template alone. A template mixes both into
 * one text and words are split across the border, so a person's text cannot be encoded on its own. A seam inside everything that
 * looks like a special token hides it where the text is cut; the pre-tokenizer takes the seam out right before the model splits words.
 */
export class PersonText<Files extends CuttingFiles> {
  /** The files with a pre-tokenizer that takes the seams out. */
  readonly files: Files;
  private readonly looksSpecial: RegExp;

  /** @param written tokens that a template writes even where the files do not call them special. */
  constructor(files: Files, written: readonly string[]) {
    const isSpecial = ({ content, special }: CuttingFiles['added_tokens'][number]) =>
      special || written.includes(content);
    const takeOut = { type: 'Replace', pattern: { String: seam }, content: '' };
    this.files = {
      ...files,
      // Only as they are written: what a normaliser makes of them (“[pad]”) is not guarded.
      added_tokens: files.added_tokens.map((token) =>
        isSpecial(token) ? { ...token, normalized: false } : token,
      ),
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [takeOut, ...(files.pre_tokenizer ? [files.pre_tokenizer] : [])],
      },
    };
    this.looksSpecial = beginnings(files.added_tokens.filter(isSpecial).map(({ content }) => content));
  }

  /** A person's text as a template may be given it. */
  sew(text: string): string {
    return text.replaceAll(seam, '').replace(this.looksSpecial, `$&${seam}`);
  }
}
