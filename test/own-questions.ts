import { loadTextData } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';

/**
 * Questions that a person may have for the pair that reads text alone, as JSON lines; every fourth has no answer.
 * @param more lines behind them, as they stand there
 */
export async function ownQuestions(count: number, more: readonly string[] = []): Promise<string> {
  const data = await loadTextData(folderSource('public'));
  const asked = data.questions(['larger']).slice(0, count);
  const rows = asked.map((question, n) => JSON.stringify({ question, ...(n % 4 > 0 && { answer: 'Two.' }) }));
  return [...rows, ...more, ''].join('\n');
}
