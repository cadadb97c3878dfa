import { Switch } from '@mantine/core';
import { Fragment, useMemo, useState } from 'react';
import { withBlind } from '../../engine/recipe/arms.ts';
import { linkTo } from '../../store/address/room-link.ts';
import { useStore } from '../../store/store.ts';
import classes from './qr.module.css';
import { qrPath, quiet } from './qr-path.ts';

/** The link of this recipe as a code that a phone reads from across the room, and as text. */
export default function QrCode() {
  const draft = useStore((state) => state.draft);
  const guessed = draft.blind === true;
  const [blind, setBlind] = useState(guessed);
  const link = useMemo(() => linkTo(withBlind(draft, blind)), [draft, blind]);
  const code = useMemo(() => qrPath(link), [link]);
  const { hostname } = window.location;
  return (
    <div className={classes.qr}>
      {code === undefined ? (
        <p>This recipe’s link is too long for a code. Choose a preset, or copy the link.</p>
      ) : (
        <svg
          role="img"
          aria-label="QR code of the link"
          viewBox={`${-quiet} ${-quiet} ${code.size + 2 * quiet} ${code.size + 2 * quiet}`}
          shapeRendering="crispEdges"
        >
          <path d={code.path} />
        </svg>
      )}
      <p className={classes.link}>
        {/* A line of a link ends where one part of it does. */}
        {link.split(/(?<=[/#&])/).map((part, i) => (
          // Parts stay in their places.
          // oxlint-disable-next-line react/no-array-index-key
          <Fragment key={i}>
            {part}
            <wbr />
          </Fragment>
        ))}
      </p>
      {!guessed && (
        <Switch
          label="Let the class guess what the recipe does"
          checked={blind}
          onChange={(event) => setBlind(event.currentTarget.checked)}
        />
      )}
      {/^(localhost|127\.|\[::1\])/.test(hostname) && (
        <p className={classes.note}>
          This address is of this computer alone: for the room, put the page on a host with https.
        </p>
      )}
    </div>
  );
}
