import { EngineClient } from '../../worker/client.ts';

/**
 * The page's engine. It is made once, here, and not in the store: it is the handle of a worker, which nothing shows and of which there must not be
 * two. What becomes of a request lands in a slice; only the files of this folder and those that move a run ask it for something.
 */
export const client = new EngineClient();
