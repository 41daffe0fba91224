/** Loaded before a server: however busy the machine of the test is, it looks idle. */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const { cpus } = os;

os.cpus = () =>
  cpus().map((processor) => {
    const times = { user: 0, nice: 0, sys: 0, irq: 0, idle: Date.now() };
    return { ...processor, times };
  });
syncBuiltinESMExports();
