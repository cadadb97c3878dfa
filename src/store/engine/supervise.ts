import type { EngineFailure } from '../../engine/errors.ts';
import { loadable } from '../slices/pair-slice.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { bringUp, showLoaded } from './bring-up.ts';
import { client } from './client.ts';

const { getState, setState } = useStore;

/** ms before each try to bring the engine back: a driver that restarts, or a laptop that wakes, takes its time. */
const waits = [0, 1000, 5000];

/**
 * Keeps the engine up from now on: when its worker or its device is lost, a new worker opens a device and loads the pair again. What was asked of
 * the lost one has failed by then; a run goes on from its last state by itself (`run/train.ts`).
 */
export function superviseEngine(): void {
  client.onGone = (failure) => {
    const { losses, recovery, device } = getState();
    setState({ losses: losses + 1 });
    // An engine that never was there is not lost: the page says why, and offers to try again.
    if (recovery !== undefined || device.status !== 'ready') return;
    setState({ recovery: bringBack(failure).finally(() => setState({ recovery: undefined })) });
  };
}

/** Resolves when device and pair are there, again or still: false where they are not and will not be by themselves. */
export async function engineBack(): Promise<boolean> {
  return (await getState().recovery) ?? getState().load.status === 'ready';
}

/** Failures after which the same work may well succeed on a new device. */
export function isLoss({ code }: EngineFailure): boolean {
  return code === 'device-lost' || code === 'engine-lost';
}

async function bringBack(failure: EngineFailure): Promise<boolean> {
  setState({ device: { status: 'opening' }, selfCheck: undefined });
  const { run, draft } = getState();
  const wanted = loadable(isActive(run.phase) && run.recipe !== undefined ? run.recipe : draft);
  for (const wait of waits) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const { losses } = getState();
    const result = await bringUp(wanted);
    if (result.ok && getState().losses === losses) {
      showLoaded(wanted, result);
      setState({ setback: { failure, wentOnFrom: undefined } });
      return true;
    }
    if (!result.ok) failure = result.failure;
  }
  const { device } = getState();
  // The device opens, but not with this pair on it.
  if (device.status === 'ready' && !isLoss(failure)) showLoaded(wanted, { ok: false, failure });
  else
    setState({
      device: {
        status: 'failed',
        failure: {
          code: 'device-lost',
          message: `The graphics device was lost and does not come back: ${failure.message}`,
          action: 'Try again in a moment; if that does not help, restart the browser.',
        },
      },
    });
  return false;
}
