/**
 * Restante as a library: a server in your own process (`startServer`), our store (`openSqliteStore`), and the
 * contract of a store of your own (`Store`). The one list of what a program may lean on; see docs/library.md.
 */
export {
  startServer,
  type BoundAddress,
  type RunningServer,
  type ServerOptions,
} from './app/embedded.ts';
export type { Authenticator, PasswordAttempt } from './auth/authenticator.ts';
export { hashPassword } from './auth/password.ts';
export { defaultLimits, type Limits } from './base/limits.ts';
export { silent, type Logger } from './base/logger.ts';
export type { AccountRecord } from './model/account.ts';
export type { Change, Delta, Entry, Gone } from './store/change.ts';
export type { Directory } from './store/directory.ts';
export { goneOf } from './store/gone.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
export type * from './store/metadata.ts';
export type * from './store/store.ts';
export { openSqliteStore } from './store/sqlite/store.ts';
