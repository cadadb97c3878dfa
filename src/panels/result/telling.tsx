import { useStore } from '../../store/store.ts';
import { sentence } from './sentence.ts';

/** The run that goes on, in a sentence or two. */
export default function Telling() {
  const recipe = useStore((state) => state.run.recipe);
  const stage = useStore((state) => state.run.stage);
  const metrics = useStore((state) => state.metrics);
  // They grow in place.
  useStore((state) => state.metrics.evaluations.length);
  return recipe && <p>{sentence(recipe, stage, metrics.evaluations)}</p>;
}
