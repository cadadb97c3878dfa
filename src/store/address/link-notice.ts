import type { EngineFailure } from '../../engine/errors.ts';
import { useStore } from '../store.ts';

/** Says what of the page's address was not taken; what has been said of the same address stays, in one notice. */
export function addLinkNotice(failure: EngineFailure): void {
  const { linkFailure: said } = useStore.getState();
  useStore.setState({
    linkFailure:
      said === undefined
        ? failure
        : {
            ...failure,
            message: `${said.message} ${failure.message}`,
            action: `${said.action} ${failure.action}`,
          },
  });
}
