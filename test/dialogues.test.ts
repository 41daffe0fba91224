/** Every dialogue, the client's bytes of a turn in one piece. */
import { dialogueSuite } from './support/dialogue-suite.ts';

await dialogueSuite('whole');
