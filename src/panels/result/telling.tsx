import { useStore } from '../../store/store.ts';
import { sentence } from './sentence.ts';

/** The run that goes on, in a sentence or two; before it, what it will be good for. */
export default function Telling() {
  const recipe = useStore((state) => state.run.recipe);
  const stage = useStore((state) => state.run.stage);
  const endedEarly = useStore(({ run: { phase } }) => phase === 'stopped' || phase === 'failed');
  const metrics = useStore((state) => state.metrics);
  // They grow in place.
  useStore((state) => state.metrics.evaluations.length);
  return <p>{sentence(recipe, stage, metrics.evaluations, endedEarly)}</p>;
}
