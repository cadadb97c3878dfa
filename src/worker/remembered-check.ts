import { z } from 'zod';
import type { EngineDevice } from '../engine/device/open-device.ts';
import type { SelfCheckReport } from '../engine/experiment/self-check.ts';
import { remembered } from './remembered.ts';
import { kernelVariant } from './remembered-variant.ts';

const report = z.object({
  loss: z.number(),
  gradient: z.number(),
  seconds: z.number(),
  variant: kernelVariant,
});

/**
 * Checks a device once per adapter, browser version and build of this page. What was found wrong is not remembered: the next visit may have
 * another driver.
 */
export async function rememberedCheck(
  { report: { adapter, features } }: EngineDevice,
  check: () => Promise<SelfCheckReport>,
): Promise<SelfCheckReport> {
  // The development server serves every build from one address.
  if (!import.meta.env.PROD) return check();
  const belongsTo = [adapter, features.join(), await browserVersion(), import.meta.url];
  const key = `https://self-check.invalid/${belongsTo.map(encodeURIComponent).join('/')}`;
  return remembered(key, report, check);
}

interface UserAgentData {
  getHighEntropyValues(hints: string[]): Promise<{ fullVersionList?: { brand: string; version: string }[] }>;
}

/** To the last digit where the browser tells it: kernels are compiled by it. */
async function browserVersion(): Promise<string> {
  const { userAgentData } = navigator as unknown as { userAgentData?: UserAgentData };
  const values = await userAgentData?.getHighEntropyValues(['fullVersionList']).catch(() => undefined);
  return (
    values?.fullVersionList?.map(({ brand, version }) => `${brand} ${version}`).join() ?? navigator.userAgent
  );
}
