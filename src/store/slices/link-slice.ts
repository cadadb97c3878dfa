import type { StateCreator } from 'zustand';
import type { EngineFailure } from '../../engine/errors.ts';

export interface LinkSlice {
  /** What of the page's address was not taken. */
  linkFailure: EngineFailure | undefined;
  /** The address's fragment that was read or written last. Where the address has another one, its event is still on its way. */
  knownFragment: string;
  /** Says what of the page's address was not taken; what has been said of the same address stays, in one notice. */
  addLinkFailure(failure: EngineFailure): void;
  /** What became of the last wish to copy something; forgotten after a while. */
  copied: { what: 'link' | 'result'; outcome: 'copied' | 'refused' } | undefined;
}

export const linkSlice: StateCreator<LinkSlice> = (set) => ({
  linkFailure: undefined,
  knownFragment: '',
  addLinkFailure: (failure) =>
    set(({ linkFailure: said }) => ({
      linkFailure:
        said === undefined
          ? failure
          : {
              ...failure,
              message: `${said.message} ${failure.message}`,
              action: `${said.action} ${failure.action}`,
            },
    })),
  copied: undefined,
});
