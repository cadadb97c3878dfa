import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import { savedStep } from '../../scripts/abuse/injuries.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';

/** The page as a person uses it. */
export class Playground {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('./');
  }

  /** Opens the page with the preset of the smallest pair, which loads no other, shows the curves and waits until it can run. */
  async openNano(): Promise<void> {
    const { recipe } = presets.find(({ key }) => key === 'nano-quick')!;
    await this.page.goto(`./#${recipeToLink(recipeSchema.parse(recipe))}`);
    await this.view('curves');
    await this.ready();
  }

  /** Shows one of the views of the largest place. */
  async view(name: 'pictures' | 'curves' | 'model' | 'runs'): Promise<void> {
    await this.page.getByRole('radiogroup', { name: 'Centre' }).getByText(name, { exact: true }).click();
  }

  async ready(): Promise<void> {
    await expect(this.status).toHaveText('Ready. Press Run.');
  }

  async done(): Promise<void> {
    await expect(this.status).toHaveText('Done.');
  }

  /** Pauses a run as soon as it trains, and waits until its state is saved. @returns the step at which it rests */
  async pauseSaved(): Promise<number> {
    await this.pauseAtOnce();
    const step = await this.paused();
    await expect.poll(() => savedStep(this.page)).toBe(step);
    return step;
  }

  /** What a run has on the screen: the latest number of every line, the answers and the scores. */
  async shown() {
    return {
      lines: await this.latest(),
      answers: await this.answers('GenRecal'),
      scores: await this.page.getByRole('region', { name: 'Result' }).getByRole('row').allTextContents(),
    };
  }

  get status() {
    return this.page.getByRole('region', { name: 'Run', exact: true }).getByRole('status');
  }

  get alert() {
    return this.page.getByRole('alert').filter({ hasNotText: /graphics card, in software/ });
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** A number of the recipe, by the heading it stands under. */
  number(group: string, label: string) {
    return this.page
      .getByRole('form', { name: 'Recipe' })
      .getByRole('group', { name: new RegExp(`^${group}`) })
      .getByRole('textbox', { name: label, exact: true });
  }

  /** A number of the run bar. */
  fact(label: string): Locator {
    const bar = this.page.getByRole('region', { name: 'Run', exact: true });
    return bar.locator('dl > div', { hasText: label }).locator('dd').first();
  }

  /** How many updates the run has made. */
  async step(): Promise<number> {
    return Number.parseInt(await this.fact('step').innerText(), 10);
  }

  /** Waits until the run rests. @returns the step after which it does. */
  async paused(): Promise<number> {
    await expect(this.status).toHaveText(/^Paused after step \d+\.$/);
    return Number(/\d+/.exec(await this.status.innerText())![0]);
  }

  /** Presses Pause from within the page as soon as it can be pressed: a short run may be over before anybody outside has seen it. */
  async pauseAtOnce(): Promise<void> {
    await this.page.evaluate(() => {
      const press = () => {
        const pause = [...document.querySelectorAll('button')].find(
          ({ textContent, disabled }) => textContent === 'Pause' && !disabled,
        );
        if (pause === undefined) return;
        observer.disconnect();
        pause.click();
      };
      const observer = new MutationObserver(press);
      observer.observe(document.body, { subtree: true, childList: true, attributes: true });
      press();
    });
  }

  /** Notes from now on every text that an element shows, however briefly. @returns what was shown so far. */
  async notes(selector: string): Promise<() => Promise<string[]>> {
    const texts = await this.page.evaluateHandle((wanted) => {
      const seen: string[] = [];
      const look = () => {
        for (const { textContent } of document.querySelectorAll(wanted))
          if (textContent && !seen.includes(textContent)) seen.push(textContent);
      };
      look();
      new MutationObserver(look).observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true,
      });
      return seen;
    }, selector);
    return () => texts.jsonValue();
  }

  /**
   * Waits until the curves are drawn: charts follow the numbers in turns, in their own time. By the page's own timers, which keep their order
   * however slow the machine is.
   */
  async drawn(): Promise<void> {
    const curves = this.page.getByRole('region', { name: 'Curves', exact: true });
    await expect(curves.getByRole('figure').last()).toBeVisible();
    await curves.evaluate(
      (shown) =>
        new Promise<void>((resolve) => {
          const rest = () => {
            observer.disconnect();
            resolve();
          };
          let timer = setTimeout(rest, 2000);
          const observer = new MutationObserver(() => {
            clearTimeout(timer);
            timer = setTimeout(rest, 2000);
          });
          observer.observe(shown, { subtree: true, childList: true, characterData: true, attributes: true });
        }),
    );
  }

  /** The latest number of each line that has one, e.g. { 'L_main·CE': '3.21' }. */
  async latest(): Promise<Record<string, string>> {
    const entries = await this.page.locator('figure li').evaluateAll((items) =>
      items.map((item) => {
        const value = item.querySelector('b')?.textContent ?? '';
        return [(item.textContent ?? '').replace(value, '').trim(), value] as const;
      }),
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== '–'));
  }

  /** Texts of one column of the cards: Teacher, Student before or an arm. */
  answers(who: string): Promise<string[]> {
    return this.page
      .getByRole('region', { name: 'Side by side' })
      .locator('dl > div')
      .filter({ has: this.page.getByText(who, { exact: true }) })
      .locator('dd')
      .allTextContents();
  }

  /** px by which the page is larger than the screen. */
  overflow(): Promise<{ x: number; y: number }> {
    return this.page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { x: scrollWidth - clientWidth, y: scrollHeight - clientHeight };
    });
  }

  /** No accessibility fault that axe can find, in both colour schemes. */
  async expectAccessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme });
      await expect(this.page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
      // What fades in has not its colours yet.
      await expect
        .poll(async () => {
          const axe = new AxeBuilder({ page: this.page });
          // Schemes differ in colours alone.
          if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
          const { violations } = await axe.analyze();
          return violations.map(
            ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map((node) => node.html).join(' ')}`,
          );
        })
        .toEqual([]);
    }
  }
}
