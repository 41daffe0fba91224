import { test } from 'node:test';
import { parses, refuses } from '../../../test/support/command-arguments.ts';

test('LIST, basic and extended', () => {
  const basic = { selection: [], returns: [], extended: false };
  parses('LIST "" *', { reference: '', patterns: ['*'], ...basic });
  parses('LIST inbox/ %', { reference: 'inbox/', patterns: ['%'], ...basic });
  parses('LIST "" ""', { reference: '', patterns: [''], ...basic });
  parses('LIST "" &APw-*', { reference: '', patterns: ['ü*'], ...basic });
  parses('LIST "" "R&D%"', { reference: '', patterns: ['R&D%'], ...basic });
  parses('LSUB "" "*"', { reference: '', patterns: ['*'], ...basic });
  parses(
    'LIST (SUBSCRIBED recursivematch) "" ("INBOX" "a/%") RETURN (CHILDREN STATUS (MESSAGES UNSEEN MESSAGES) SPECIAL-USE)',
    {
      reference: '',
      patterns: ['INBOX', 'a/%'],
      selection: ['SUBSCRIBED', 'RECURSIVEMATCH'],
      returns: [
        { kind: 'CHILDREN' },
        { kind: 'STATUS', items: ['MESSAGES', 'UNSEEN'] },
        { kind: 'SPECIAL-USE' },
      ],
      extended: true,
    },
  );
  parses('LIST () "" (x) RETURN ()', {
    reference: '',
    patterns: ['x'],
    selection: [],
    returns: [],
    extended: true,
  });
  refuses('LIST (RECURSIVEMATCH REMOTE) "" x', 'RECURSIVEMATCH with SUBSCRIBED');
  refuses('LIST (NONSENSE) "" x', 'list-select-opt at 8');
  refuses('LIST "" x RETURN (NONSENSE)', 'list-return-opt');
  refuses('LIST "" x RETURN (STATUS ())', 'status-att');
  refuses('LIST "" ()', 'list-mailbox');
  refuses('LIST ""', 'space');
  refuses('LIST * x', 'mailbox');
});

test('STATUS', () => {
  parses(
    'STATUS "a b" (MESSAGES uidnext UIDVALIDITY UNSEEN DELETED SIZE RECENT HIGHESTMODSEQ MAILBOXID APPENDLIMIT)',
    {
      mailbox: 'a b',
      items: [
        'MESSAGES',
        'UIDNEXT',
        'UIDVALIDITY',
        'UNSEEN',
        'DELETED',
        'SIZE',
        'RECENT',
        'HIGHESTMODSEQ',
        'MAILBOXID',
        'APPENDLIMIT',
      ],
    },
  );
  refuses('STATUS a ()', 'status-att');
  refuses('STATUS a MESSAGES', '"("');
  refuses('STATUS a (MESSAGES', '")"');
  refuses('STATUS a (MESSAGES )', 'status-att');
});
