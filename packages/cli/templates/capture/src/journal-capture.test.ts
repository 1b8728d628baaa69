import { pluginContext } from '@sluice/core/conformance';
import { describeCapture, describePlugin } from '@sluice/core/testkit';
import driver from './conformance.ts';
import plugin from './index.ts';

describePlugin(plugin);
describeCapture('template-name', driver(pluginContext()));
