import { useStore, type Store } from '../../store/store.ts';

/** Why nothing can be computed here and what to do, where that is so. */
export function deviceMissing({ device }: Pick<Store, 'device'>): string | undefined {
  if (device.status !== 'failed') return undefined;
  return `${device.failure.message.split('\n')[0]} ${device.failure.action}`;
}

/** Said in the place of what only a graphics device can compute. */
export function NeedsDevice({ what, className }: { what: string; className?: string | undefined }) {
  const why = useStore(deviceMissing);
  return (
    <p className={className}>
      {what} needs WebGPU. {why}
    </p>
  );
}
