/**
 * The dialogues about mailboxes and their names, and about extensions that Debian's Dovecot has too, had with it. Where it
 * differs, the dialogue's fixture says why (`dovecot: …`); whatever else it says differently is to be looked up in the RFC.
 */
import { startDovecot } from './support/dovecot.ts';

{
  await using dovecot = await startDovecot('secret');
  process.env['RESTANTE_TEST_DOVECOT'] = `127.0.0.1:${dovecot.port}`;
  process.env['RESTANTE_TEST_DIALOGUES'] = [
    'catenate,compress,multiappend,notify',
    'acl,setacl,getacl,listrights,myrights,namespace',
    'quota,getquota,getquotaroot,setquota',
    'create,delete,rename,subscribe,list,lsub,status',
    'getmetadata,setmetadata,metadata,metadata-shared,list-metadata',
  ].join();
  // It reads what was set here when it is loaded.
  const { dialogueSuite } = await import('../support/dialogue-suite.ts');
  await dialogueSuite('whole');
}
