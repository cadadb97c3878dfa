import type { EngineFailure } from '../../engine/errors.ts';
import { bringUp, client, showLoaded } from '../engine/engine.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** ms before each try to bring the engine back: a driver that restarts, or a laptop that wakes, takes its time. */
const waits = [0, 1000, 5000];

/** The bringing back that goes on. */
let recovery: Promise<boolean> | undefined;
/** True when the engine was lost again in the present try. */
let lostAgain = false;

/**
 * Keeps the engine up from now on: when its worker or its device is lost, a new worker opens a device and loads the pair again. What was asked of
 * the lost one has failed by then; a run goes on from its last state by itself (`training`).
 */
export function superviseEngine(): void {
  client.onGone = (failure) => {
    lostAgain = true;
    // An engine that never was there is not lost: the page says why, and offers to try again.
    if (recovery !== undefined || getState().device.status !== 'ready') return;
    recovery = bringBack(failure).finally(() => (recovery = undefined));
  };
}

/** Resolves when device and pair are there, again or still: false where they are not and will not be by themselves. */
export async function engineBack(): Promise<boolean> {
  return (await recovery) ?? getState().load.status === 'ready';
}

/** Failures after which the same work may well succeed on a new device. */
export function isLoss({ code }: EngineFailure): boolean {
  return code === 'device-lost' || code === 'engine-lost';
}

async function bringBack(failure: EngineFailure): Promise<boolean> {
  setState({ device: { status: 'opening' }, selfCheck: undefined });
  const { run, draft } = getState();
  const pair = isActive(run.phase) && run.recipe !== undefined ? run.recipe.pair : draft.pair;
  for (const wait of waits) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    lostAgain = false;
    const result = await bringUp(pair);
    if (result.ok && !lostAgain) {
      showLoaded(pair, result);
      setState({ setback: { failure, resumedAt: undefined } });
      return true;
    }
    if (!result.ok) failure = result.failure;
  }
  const { device } = getState();
  // The device opens, but not with this pair on it.
  if (device.status === 'ready' && !isLoss(failure)) showLoaded(pair, { ok: false, failure });
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
