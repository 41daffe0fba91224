import type { Command } from './command.ts';
import { append } from './commands/append.ts';
import { authenticate } from './commands/authenticate.ts';
import { capability } from './commands/capability.ts';
import { check } from './commands/check.ts';
import { close } from './commands/close.ts';
import { compress } from './commands/compress.ts';
import { copy, move } from './commands/copy.ts';
import { create } from './commands/create.ts';
import { deleteacl, setacl } from './commands/setacl.ts';
import { deleteMailbox } from './commands/delete.ts';
import { enable } from './commands/enable.ts';
import { expunge } from './commands/expunge.ts';
import { fetch } from './commands/fetch.ts';
import { getmetadata } from './commands/getmetadata.ts';
import { getquota } from './commands/getquota.ts';
import { getquotaroot } from './commands/getquotaroot.ts';
import { getacl } from './commands/getacl.ts';
import { id } from './commands/id.ts';
import { idle } from './commands/idle.ts';
import { language } from './commands/language.ts';
import { list } from './commands/list.ts';
import { listrights } from './commands/listrights.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { lsub } from './commands/lsub.ts';
import { myrights } from './commands/myrights.ts';
import { namespace } from './commands/namespace.ts';
import { noop } from './commands/noop.ts';
import { notify } from './commands/notify.ts';
import { rename } from './commands/rename.ts';
import { replace } from './commands/replace.ts';
import { search } from './commands/search.ts';
import { examine, select } from './commands/select.ts';
import { setmetadata } from './commands/setmetadata.ts';
import { setquota } from './commands/setquota.ts';
import { starttls } from './commands/starttls.ts';
import { status } from './commands/status.ts';
import { store } from './commands/store.ts';
import { subscribe, unsubscribe } from './commands/subscribe.ts';
import { unauthenticate } from './commands/unauthenticate.ts';
import { unselect } from './commands/unselect.ts';
import { xlist } from './commands/xlist.ts';

/** Every command there is, by name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    append,
    authenticate,
    capability,
    check,
    close,
    compress,
    copy,
    create,
    deleteMailbox,
    deleteacl,
    enable,
    examine,
    expunge,
    fetch,
    getmetadata,
    getquota,
    getquotaroot,
    getacl,
    id,
    idle,
    language,
    list,
    listrights,
    login,
    logout,
    lsub,
    move,
    myrights,
    namespace,
    noop,
    notify,
    rename,
    replace,
    search,
    select,
    setmetadata,
    setquota,
    setacl,
    starttls,
    status,
    store,
    subscribe,
    unauthenticate,
    unselect,
    unsubscribe,
    xlist,
  ].map((command) => [command.name, command]),
);
