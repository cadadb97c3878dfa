import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** The page as a person uses it. */
export class Playground {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('./');
  }

  /** Opens the page and waits until the smallest pair can run. */
  async openNano(): Promise<void> {
    await this.open();
    await this.page.getByRole('combobox', { name: 'Preset' }).click();
    await this.page.getByRole('option', { name: 'Nano, quick look' }).click();
    await this.ready();
  }

  async ready(): Promise<void> {
    await expect(this.status).toHaveText('Ready. Press Run.');
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

  /** A number of the run bar, as text. */
  async fact(label: string): Promise<string> {
    const bar = this.page.getByRole('region', { name: 'Run', exact: true });
    const term = bar.locator('dl > div', { hasText: label });
    return (await term.locator('dd').first().textContent()) ?? '';
  }

  /** How many updates the run has made. */
  async step(): Promise<number> {
    return Number((await this.fact('step')).split('/')[0]);
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

  /** Texts of one column of the cards: Teacher, Student before or Student now. */
  answers(who: string): Promise<string[]> {
    return this.page
      .getByRole('region', { name: 'Side by side' })
      .locator('dl > div')
      .filter({ has: this.page.getByText(who, { exact: true }) })
      .locator('dd')
      .allTextContents();
  }

  /** No accessibility fault that axe can find, in both colour schemes. */
  async expectAccessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme });
      await expect(this.page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
      const { violations } = await new AxeBuilder({ page: this.page }).analyze();
      expect(
        violations.map(
          ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map((node) => node.html).join(' ')}`,
        ),
      ).toEqual([]);
    }
  }
}
