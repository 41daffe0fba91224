/** Every dialogue, each byte of the client on its own: no answer may depend on how the network cut it. */
import { dialogueSuite } from './support/dialogue-suite.ts';

await dialogueSuite('byte by byte');
