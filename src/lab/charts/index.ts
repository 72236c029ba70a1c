/** What `helm upgrade --install` of a chart would create, from the same values. Pure: nothing here talks to a cluster. */
export { renderDatadog, type RenderedChart, type RenderOptions } from './render-datadog.ts'
export { CHART, type ChartInfo } from './chart-info.ts'
export { mergeValues, parseSet, parseValues, type Values } from './values.ts'
