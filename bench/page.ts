import { httpSource } from '../src/engine/checkpoints/source.ts';
import { openDevice } from '../src/engine/device/open-device.ts';
import { defaultRecipe } from '../src/engine/recipe/schema.ts';
import { openSession } from '../src/engine/session.ts';
import { measure, type Measurement } from './measure.ts';

declare global {
  interface Window {
    bench: (rounds: number) => Promise<Measurement>;
  }
}

window.bench = async (rounds) => {
  const device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  const source = httpSource(new URL('/', location.href));
  const session = await openSession({ source, device }, defaultRecipe.pair);
  return measure(device, session, defaultRecipe, rounds);
};
