import { pluginContext } from '@sluice/core/conformance';
import { describePlugin, describeSink } from '@sluice/core/testkit';
import driver from './conformance.ts';
import plugin from './index.ts';

describePlugin(plugin);
describeSink('SQLite', await driver(pluginContext({ prefix: 'kit_' })));
