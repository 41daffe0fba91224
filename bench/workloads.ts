/** All workloads, in the order of the table. */
import type { Workload } from './bench.ts';
import { accounts } from './workloads/accounts.ts';
import { appendLarge, appendSmall } from './workloads/append.ts';
import { bulk } from './workloads/bulk.ts';
import { bodies, fetchEnvelopes, fetchFlags } from './workloads/fetch.ts';
import { growth } from './workloads/growth.ts';
import { lmtp } from './workloads/lmtp.ts';
import { firstLogin, login } from './workloads/login.ts';
import { qresync, select, status } from './workloads/mailboxes.ts';
import { memory } from './workloads/memory.ts';
import { mixed } from './workloads/mixed.ts';
import { noop } from './workloads/noop.ts';
import { notify } from './workloads/notify.ts';
import { store } from './workloads/store.ts';
import { workers } from './workloads/workers.ts';

export const workloads: readonly Workload[] = [
  login,
  firstLogin,
  appendSmall,
  appendLarge,
  lmtp,
  store,
  bulk,
  fetchFlags,
  fetchEnvelopes,
  bodies,
  select,
  status,
  qresync,
  noop,
  mixed,
  notify,
  memory,
  growth,
  accounts,
  workers,
];
