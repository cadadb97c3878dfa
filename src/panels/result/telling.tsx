import { useStore } from '../../store/store.ts';
import type { ScoreRow } from './scores.ts';
import { sentence } from './sentence.ts';

/** The run that goes on, in a sentence or two; before it, what it will be good for. */
export default function Telling({ scores }: { scores: readonly ScoreRow[] }) {
  const recipe = useStore((state) => state.run.recipe);
  const stage = useStore((state) => state.run.stage);
  const endedEarly = useStore(({ run: { phase } }) => phase === 'stopped' || phase === 'failed');
  return <p>{sentence(recipe, stage, scores, endedEarly)}</p>;
}
