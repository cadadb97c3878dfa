import { useMemo, useState } from 'react';
import { useStore } from '../../store/store.ts';

/** What was found inside one of the arms that have a Recalibrator; the recipe's own until another is chosen. */
export function useProbedArm() {
  const version = useStore((state) => state.metrics.version);
  const metrics = useStore((state) => state.metrics);
  const all = useStore((state) => state.run.arms);
  const [chosen, setArm] = useState<string>();
  return useMemo(() => {
    // Only the version says that the arrays grew.
    void version;
    const probed = new Set(metrics.probes.map(({ arm }) => arm));
    const arms = all.filter(({ key }) => probed.has(key));
    const arm = (arms.find(({ key }) => key === chosen) ?? arms[0])?.key;
    const own = (point: { arm: string }) => point.arm === arm;
    return { arms, arm, setArm, probes: metrics.probes.filter(own), maps: metrics.features.filter(own) };
  }, [version, metrics, all, chosen]);
}
