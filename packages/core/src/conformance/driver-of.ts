import { pluginContext } from './plugin-context.ts';

/**
 * The driver that a conformance module's default export stands for: a driver, or a function (it may be
 * async) that makes one from a plugin context. With the function a published driver needs no code of
 * this package.
 */
export async function driverOf(exported: unknown): Promise<unknown> {
  return typeof exported === 'function' ? exported(pluginContext()) : exported;
}
