import { readFileSync } from 'node:fs';

/** CPU that a server process has used so far, in µs. Linux alone counts it finely enough. */
export function backendCpu(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}
