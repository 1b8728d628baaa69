/** A promise that is awaited later: until then its rejection is nobody's, and must not end the process. */
export function beside<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
