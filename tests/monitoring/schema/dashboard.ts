// What a dashboard of ours is, out of Grafana's own types: the kinds of panels that we use, each with its own options,
// and the queries of our two data sources, which Grafana leaves to their plugins.
import type * as raw from '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import type * as barchart from '@grafana/schema/dist/esm/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

interface Prometheus {
  refId: string;
  datasource: { type: 'prometheus'; uid: string };
  expr: string;
  editorMode: 'code';
  format?: 'table' | 'time_series';
  instant?: boolean;
  range?: boolean;
  legendFormat?: string;
}

interface ClickHouse {
  refId: string;
  datasource: { type: 'grafana-clickhouse-datasource'; uid: string };
  editorType: 'sql';
  pluginVersion: string;
  queryType: 'table' | 'timeseries';
  rawSql: string;
  /** 0: time series, 1: table. */
  format: 0 | 1;
}

interface Fields<Custom> {
  defaults: Omit<raw.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
  overrides: raw.FieldConfigSource['overrides'];
}

interface Panel<Kind extends string, Options, Custom>
  extends Omit<raw.Panel, 'type' | 'id' | 'title' | 'description' | 'gridPos' | 'options' | 'fieldConfig' | 'targets'> {
  type: Kind;
  id: number;
  title: string;
  description: string;
  gridPos: raw.GridPos;
  options?: Partial<Options>;
  fieldConfig: Fields<Custom>;
  targets: Array<Prometheus | ClickHouse>;
}

interface Row extends Omit<raw.RowPanel, 'panels'> {
  panels: [];
}

interface Annotation extends Omit<raw.AnnotationQuery, 'target'> {
  target:
    | Pick<Prometheus, 'refId' | 'expr'>
    | Pick<ClickHouse, 'refId' | 'editorType' | 'format' | 'pluginVersion' | 'rawSql'>;
  titleFormat?: string;
  textFormat?: string;
}

export interface Dashboard extends Omit<raw.Dashboard, 'annotations' | 'panels'> {
  annotations: { list: Annotation[] };
  panels: Array<
    | Row
    | Panel<'barchart', barchart.Options, barchart.FieldConfig>
    | Panel<'stat', stat.Options, object>
    | Panel<'table', table.Options, table.FieldConfig>
    | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
  >;
}
