import { Template } from '@huggingface/jinja';
import { unusable } from './tokenizer-json.ts';

/** Some templates say today's date (Llama 3.2); a run that goes on tomorrow asks what it asked before. This is their own fallback. */
const fixedDate = '26 Jul 2024';

/** An answer that no template writes by itself. */
const probe = 'Dog.';

/** A question that no template writes by itself. */
const asked = 'What is this?';

/** A chat template, asked for the two things that are needed of it: a question, about a picture or not, and the turn that answers it. */
export class Chat {
  private readonly template: Template;
  /** Templates of models without a processor take texts; those of the others lists of parts. */
  private readonly parts: boolean;

  /**
   * @param specials names of special tokens as templates use them
   * @param token what the template writes where the picture belongs; undefined for questions without one
   * @throws EngineError `file-unsupported` when it does not write it, or the question, exactly once.
   */
  constructor(
    source: string,
    private readonly specials: Readonly<Record<string, string>>,
    private readonly token: string | undefined,
  ) {
    // The library's own clock cannot be replaced, so it is called by another name.
    this.template = new Template(source.replaceAll(/\bstrftime_now\b/g, 'fixed_date'));
    const once = token ?? asked;
    const writes = (parts: boolean) =>
      this.render([this.user(token === undefined ? asked : '', parts)], true).split(once).length === 2;
    let failure: unknown;
    const tryOut = (parts: boolean) => {
      try {
        return writes(parts);
      } catch (error) {
        failure = error;
        return false;
      }
    };
    // Where there is no picture, most templates take texts; with one, most take parts.
    const first = token !== undefined;
    this.parts = tryOut(first) ? first : !first;
    if (this.parts === first || tryOut(this.parts)) return;
    if (failure !== undefined) throw failure;
    throw unusable(
      token === undefined
        ? 'the chat template does not write a question once'
        : `the chat template does not write “${token}” once for a picture`,
    );
  }

  /** Everything up to the assistant's turn, a picture as one token. */
  prompt(question: string): string {
    return this.render([this.user(question, this.parts)], true);
  }

  /**
   * How an answer to the empty question is written, prompt included. Some templates put an empty line between the two, or what melts into the
   * prompt's last token: no model writes that, so the answer follows the prompt at once.
   * @param follows whether tokens of a whole begin with those of its prompt
   * @throws EngineError `file-unsupported` when the answer cannot be found again.
   */
  turn(follows: (whole: string) => boolean): (answer: string) => string {
    const prompt = this.prompt('');
    const content = this.parts ? [{ type: 'text', text: probe }] : probe;
    const whole = this.render([this.user('', this.parts), { role: 'assistant', content }], false);
    const at = whole.indexOf(probe, prompt.length);
    if (whole.startsWith(prompt) && at >= 0) {
      const closing = whole.slice(at + probe.length);
      const between = whole.slice(prompt.length, at);
      for (const lead of new Set([between.replace(/^\n+$/, ''), ''])) {
        const write = (answer: string) => `${prompt}${lead}${answer}${closing}`;
        if (follows(write(probe))) return write;
      }
    }
    throw unusable('the chat template’s turn that answers does not begin as its prompt ends');
  }

  private user(question: string, parts: boolean) {
    const text = { type: 'text', text: question };
    return {
      role: 'user',
      content: parts
        ? [...(this.token === undefined ? [] : [{ type: 'image' }]), text]
        : `${this.token ?? ''}${question}`,
    };
  }

  private render(messages: object[], addGenerationPrompt: boolean): string {
    return this.template.render({
      ...this.specials,
      messages,
      add_generation_prompt: addGenerationPrompt,
      date_string: fixedDate,
      fixed_date: () => fixedDate,
      // Answers are short here: what a model would think aloud first is no part of them.
      enable_thinking: false,
    });
  }
}
