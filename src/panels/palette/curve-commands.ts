import { chartNames, type ChartKey } from '../../store/slices/curves-slice.ts';
import type { Store } from '../../store/store.ts';
import type { Command } from './command.ts';

/** What the curves are drawn over, how much of that, and which one has the room. */
export function curveCommands({ curves, centre, setCurves }: Store, group: string): (Command | false)[] {
  return [
    {
      id: 'curves-over',
      group,
      label: curves.time ? 'Curves over steps' : 'Curves over time at work',
      run: () => setCurves({ time: !curves.time }),
    },
    curves.window !== undefined && {
      id: 'whole-run',
      group,
      label: 'Show the whole run in the curves',
      run: () => setCurves({ window: undefined }),
    },
    ...(centre === 'curves'
      ? (Object.entries(chartNames) as [ChartKey, string][]).map(([key, title]) =>
          curves.enlarged === key
            ? {
                id: `enlarge-${key}`,
                group,
                label: 'Show all charts',
                run: () => setCurves({ enlarged: undefined }),
              }
            : {
                id: `enlarge-${key}`,
                group,
                label: `Enlarge the chart ${title}`,
                run: () => setCurves({ enlarged: key }),
              },
        )
      : []),
  ];
}
