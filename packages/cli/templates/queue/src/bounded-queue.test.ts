import { pluginContext } from '@sluice/core/conformance';
import { describePlugin, describeQueue } from '@sluice/core/testkit';
import driver from './conformance.ts';
import plugin from './index.ts';

describePlugin(plugin);
describeQueue('template-name', driver(pluginContext()));
