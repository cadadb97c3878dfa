import { httpSource } from '../src/engine/checkpoints/source.ts';
import { openDevice } from '../src/engine/device/open-device.ts';
import { defaultRecipe } from '../src/engine/recipe/schema.ts';
import { openSession } from '../src/engine/session.ts';
import { measure, type Measurement } from './measure.ts';

declare global {
  interface Window {
    bench: (rounds: number, pair: string) => Promise<Measurement>;
  }
}

window.bench = async (rounds, pair) => {
  const device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  const source = httpSource(new URL('/', location.href));
  const session = await openSession({ source, device }, pair);
  return measure(device, session, { ...defaultRecipe, pair, arms: [] }, rounds);
};
