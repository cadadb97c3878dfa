import { useState, type ReactNode } from 'react';
import { isExactMatch } from '../../engine/evaluate/score.ts';
import { useStore } from '../../store/store.ts';
import { Panel } from '../frame/panel.tsx';
import { askedAbout } from '../lib/asked-about.ts';
import { useDataWord } from '../lib/use-data-word.ts';
import { useAsked, type AskedItem } from '../side-by-side/use-asked.ts';
import { Closeup } from './closeup.tsx';
import { Empty } from './empty.tsx';
import { featured } from './featured.ts';
import classes from './pictures.module.css';
import { Wall } from './wall.tsx';

/** The live questions as a wall of pictures, or of cards where they are about none, and one of them large, with what teacher and student say. */
export default function Pictures({ tabs }: { tabs: ReactNode }) {
  const asked = useAsked();
  const about = useStore(({ run, draft }) => askedAbout(run.recipe ?? draft));
  const title = useDataWord() === 'pictures' ? 'Pictures' : 'Questions';
  return (
    <Panel title={title} aside={tabs} className={classes.panel}>
      {asked.length === 0 ? (
        <Empty />
      ) : (
        // A new panel is a new run: nobody has chosen any of it.
        <Questions key={asked[0]!.item.id} asked={asked} about={about} />
      )}
    </Panel>
  );
}

function Questions({ asked, about }: { asked: readonly AskedItem[]; about: string }) {
  const [pinned, setPinned] = useState<string>();
  const [pointed, setPointed] = useState<string>();
  const [shown, setShown] = useState<string>();
  const best = featured(asked, shown, wasRight);
  // What is shown by itself is remembered, so that it stays while nothing is better.
  if (best !== undefined && best.item.id !== shown) setShown(best.item.id);
  const large = asked.find(({ item }) => item.id === (pointed ?? pinned)) ?? best!;
  return (
    <div className={classes.pictures}>
      <Wall
        asked={asked}
        about={about}
        large={large.item.id}
        pinned={pinned}
        onPin={(id) => setPinned(id === pinned ? undefined : id)}
        onPoint={setPointed}
      />
      <Closeup asked={large} />
    </div>
  );
}

function wasRight({ item, previous }: AskedItem): boolean {
  return isExactMatch(previous ?? item.studentBefore, item.reference);
}
