import { useStore } from '../../src/store/store.ts';

/** Test files share a process and with it the page's state: each finds it as the page finds it. */
useStore.setState(useStore.getInitialState(), true);
