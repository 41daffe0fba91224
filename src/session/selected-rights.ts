import { includesAll } from '../model/rights.ts';
import type { Command } from './command.ts';
import { notPermitted } from './place.ts';
import type { Selected } from './selected.ts';

/** NO [NOPERM] to a command that takes rights on the selected mailbox which the user has not, or no longer (RFC 4314 section 5.1.1). */
export function demandSelected(
  selected: Selected,
  { selectedRights }: Pick<Command, 'selectedRights'>,
): void {
  if (!includesAll(selected.rights, selectedRights)) throw notPermitted();
}
