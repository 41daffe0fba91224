import { describe } from 'node:test';
import { changeContract } from './changes.ts';
import { contentContract } from './content.ts';
import type { Contract } from './context.ts';
import { directoryContract } from './directory.ts';
import { durabilityContract } from './durability.ts';
import { mailboxContract } from './mailboxes.ts';
import { messageContract } from './messages.ts';
import { metadataContract } from './metadata.ts';
import { modelContract } from './model.ts';
import { sharedMetadataContract } from './shared-metadata.ts';
import { sharingContract } from './sharing.ts';
import { quotaContract } from './quota.ts';
import { viewContract } from './views.ts';

/**
 * What every store must do (`src/store/store.ts`), as test cases: call it in a test file with a way to open
 * an empty store. A store passes when all of them do.
 */
export function storeContract(contract: Contract): void {
  describe(`${contract.name} keeps the store contract`, () => {
    describe('mailboxes', () => mailboxContract(contract));
    describe('messages', () => messageContract(contract));
    describe('views', () => viewContract(contract));
    describe('content', () => contentContract(contract));
    describe('changes', () => changeContract(contract));
    describe('metadata', () => metadataContract(contract));
    describe('directory', () => directoryContract(contract));
    describe('sharing', () => sharingContract(contract));
    describe('metadata of who shares', () => sharedMetadataContract(contract));
    describe('quota', () => quotaContract(contract));
    describe('durability', () => durabilityContract(contract));
    describe('random operations', () => modelContract(contract));
  });
}
