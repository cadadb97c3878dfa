import { httpSource } from '../src/engine/models/checkpoints/source.ts';
import { openDevice } from '../src/engine/device/open-device.ts';
import { benchRecipe } from './recipe.ts';
import { openSession } from '../src/engine/session.ts';
import { measure, type Measurement } from './measure.ts';
import { measureScaling, type Scaled } from './scaling.ts';

declare global {
  interface Window {
    bench: (rounds: number, pair: string) => Promise<Measurement>;
    scaling: (rounds: number) => Promise<Record<string, Scaled>>;
  }
}

async function open(pair: string) {
  const device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  const session = await openSession({ source: httpSource(new URL('/', location.href)), device }, pair);
  return { device, session, recipe: benchRecipe(pair) };
}

window.bench = async (rounds, pair) => {
  const { device, session, recipe } = await open(pair);
  return measure(device, session, recipe, rounds);
};

window.scaling = async (rounds) => {
  const { session, recipe } = await open('nano');
  return measureScaling(session, recipe, rounds);
};
