"""Commerce and operations: what is sold, who buys, what the logs say and how busy the servers are."""

from __future__ import annotations

from lakehouse.web.dashboards.model import Chart, Dashboard, Filter

_TOP = 15

_SALES = (
    Chart(
        name="revenue",
        title="Revenue",
        kind="columns",
        tables=("product_sales",),
        sql="select event_date, sum(revenue) as revenue from product_sales group by 1 order by 1",
        x="event_date",
        y=("revenue",),
        unit="€",
        note="Without cancelled orders.",
    ),
    Chart(
        name="products",
        title="Revenue by product",
        kind="bars",
        tables=("product_sales",),
        sql=f"""select concat(last_value(product_name order by event_date), ' (', product_id, ')') as product, sum(revenue) as revenue
                from product_sales group by product_id order by 2 desc, product_id limit {_TOP}""",
        x="product",
        y=("revenue",),
        unit="€",
        note=f"The {_TOP} products with the most. Without cancelled orders.",
    ),
    Chart(
        name="customers",
        title="Best customers",
        kind="bars",
        tables=("customer_orders",),
        sql=f"""select customer_id, sum(order_total) as order_total
                from customer_orders group by 1 order by 2 desc, 1 limit {_TOP}""",
        x="customer_id",
        y=("order_total",),
        unit="€",
        note=f"The {_TOP} customers with the most. Orders of every status, cancelled ones too.",
    ),
    Chart(
        name="orders",
        title="Orders",
        kind="columns",
        tables=("customer_orders_1m",),
        sql="""select date_bin({bucket}, window_start) as time, sum(order_count) as order_count
               from customer_orders_1m group by 1 order by 1""",
        x="time",
        y=("order_count",),
        unit="orders",
        note="Of every status. Until its day is built, an order counts with each state that has come of it.",
    ),
)

_LOGS = (
    Chart(
        name="levels",
        title="Log lines by level",
        kind="columns",
        tables=("log_levels",),
        sql="""select event_date, level, sum(log_count) as log_count from log_levels group by 1, 2
               order by 1, case level when 'DEBUG' then 1 when 'INFO' then 2 when 'WARNING' then 3 when 'ERROR' then 4 else 5 end""",
        x="event_date",
        y=("log_count",),
        split="level",
        unit="lines",
        note="Of all modules.",
    ),
    Chart(
        name="lines",
        title="Log lines by module",
        kind="lines",
        tables=("log_levels_1m",),
        sql="""select date_bin({bucket}, window_start) as time, module, sum(log_count) as log_count
               from log_levels_1m group by 1, 2 order by 1, 2""",
        x="time",
        y=("log_count",),
        split="module",
        unit="lines",
    ),
    Chart(
        name="errors",
        title="Errors by module",
        kind="columns",
        tables=("log_levels_1m",),
        sql="""select date_bin({bucket}, window_start) as time, module, sum(error_count) as error_count
               from log_levels_1m group by 1, 2 order by 1, 2""",
        x="time",
        y=("error_count",),
        split="module",
        unit="lines",
        note="Lines of the levels ERROR and CRITICAL.",
    ),
    Chart(
        name="error_share",
        title="Share of errors by module",
        kind="bars",
        tables=("log_levels_1m",),
        sql="""select module, 100.0 * sum(error_count) / sum(log_count) as error_share_pct
               from log_levels_1m group by 1 order by 2 desc, 1""",
        x="module",
        y=("error_share_pct",),
        unit="% of lines",
        note="ERROR and CRITICAL. Each line weighs the same.",
    ),
    Chart(
        name="durations",
        title="Durations by module",
        kind="bars",
        tables=("module_durations",),
        # A day without a duration has no percentile, and its lines must not weigh.
        sql="""select module, sum(p50_duration_ms * log_count) / sum(log_count) as p50_duration_ms,
                      sum(p95_duration_ms * log_count) / sum(log_count) as p95_duration_ms
               from module_durations where p50_duration_ms is not null group by 1 order by 3 desc, 1""",
        x="module",
        y=("p50_duration_ms", "p95_duration_ms"),
        unit="ms",
        note="The mean of the days' percentiles; a day weighs by the module's log lines.",
    ),
)

_SERVERS = (
    Chart(
        name="cpu",
        title="CPU by server",
        kind="lines",
        tables=("server_load_1m",),
        sql="""select date_bin({bucket}, window_start) as time, server, sum(avg_cpu_pct * samples) / sum(samples) as avg_cpu_pct
               from server_load_1m group by 1, 2 order by 1, 2""",
        x="time",
        y=("avg_cpu_pct",),
        split="server",
        unit="%",
        note="Each sample weighs the same.",
    ),
    Chart(
        name="memory",
        title="Memory by server",
        kind="lines",
        tables=("server_load_1m",),
        sql="""select date_bin({bucket}, window_start) as time, server, sum(avg_memory_pct * samples) / sum(samples) as avg_memory_pct
               from server_load_1m group by 1, 2 order by 1, 2""",
        x="time",
        y=("avg_memory_pct",),
        split="server",
        unit="%",
        note="Each sample weighs the same.",
    ),
    Chart(
        name="most_loaded",
        title="Most loaded servers by hour",
        kind="rows",
        tables=("server_load",),
        sql="""select window_start, load_rank, server, avg_cpu_pct, max_cpu_pct, avg_memory_pct, max_memory_pct
               from server_load where load_rank <= 3 order by window_start desc, load_rank limit 300""",
        x="window_start",
        y=("load_rank", "avg_cpu_pct", "max_cpu_pct", "avg_memory_pct", "max_memory_pct"),
        split="server",
        note="The first three of each hour, by mean CPU; the last hours first. In %.",
    ),
)

DASHBOARD = Dashboard(
    title="Commerce and operations",
    filters=(
        Filter("product_id", "Product", "product_sales"),
        Filter("server", "Server", "server_load_1m"),
        Filter("module", "Module", "log_levels_1m"),
    ),
    words={
        "avg_cpu_pct": "mean CPU",
        "avg_memory_pct": "mean memory",
        "customer_id": "customer",
        "error_count": "errors",
        "error_share_pct": "share of errors",
        "event_date": "day",
        "load_rank": "place",
        "log_count": "lines",
        "max_cpu_pct": "highest CPU",
        "max_memory_pct": "highest memory",
        "order_count": "orders",
        "order_total": "total",
        "p50_duration_ms": "half are faster",
        "p95_duration_ms": "95 % are faster",
        "window_start": "hour",
    },
    charts=(*_SALES, *_LOGS, *_SERVERS),
)
